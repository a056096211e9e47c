// GraphiQL against this server: operations over HTTP, subscriptions over graphql-transport-ws.
// The token is what the headers pane says: {"authorization": "Bearer ..."}.
"use strict";

const ENDPOINT = location.origin + "/graphql";
const SOCKET = ENDPOINT.replace(/^http/, "ws") + "/ws";

function isSubscription(params, documentAST) {
  return (documentAST?.definitions ?? []).some(
    (definition) =>
      definition.kind === "OperationDefinition" &&
      definition.operation === "subscription" &&
      (!params.operationName || definition.name?.value === params.operationName),
  );
}

async function overHttp(params, headers) {
  const answer = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
      ...headers,
    },
    body: JSON.stringify(params),
  });
  return answer.json();
}

// One socket a subscription, in the shape that GraphiQL takes: an observable.
function overSocket(params, headers) {
  const named = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "authorization");
  return {
    subscribe(observer) {
      const socket = new WebSocket(SOCKET, "graphql-transport-ws");
      const send = (message) => socket.send(JSON.stringify(message));
      let ended = false;
      socket.onopen = () =>
        send({ type: "connection_init", payload: named ? { authorization: named[1] } : {} });
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "connection_ack") send({ id: "1", type: "subscribe", payload: params });
        if (message.type === "ping") send({ type: "pong" });
        if (message.type === "next") observer.next(message.payload);
        if (message.type === "error") observer.next({ errors: message.payload });
        if (message.type === "complete" || message.type === "error") {
          ended = true;
          observer.complete();
          socket.close(1000);
        }
      };
      socket.onclose = ({ code, reason }) => {
        if (!ended && code !== 1000) observer.error(new Error(reason || "socket closed: " + code));
      };
      return {
        unsubscribe() {
          ended = true;
          socket.close(1000);
        },
      };
    },
  };
}

function fetcher(params, options) {
  return isSubscription(params, options?.documentAST)
    ? overSocket(params, options?.headers)
    : overHttp(params, options?.headers);
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultEditorToolsVisibility: "headers",
    defaultHeaders: "{}",
    defaultQuery: "{ __typename }\n",
    query: new URLSearchParams(location.search).get("query") ?? undefined,
    shouldPersistHeaders: false,
  }),
);
