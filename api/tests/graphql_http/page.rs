//! The GraphiQL page.

use super::server::{Server, settings};
use cauri_api::graphql_http::GraphQlSettings;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_browser_gets_a_page_that_needs_no_other_server() {
    let server = Server::start().await;
    let response = server.client.get(server.url()).header("accept", BROWSER).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"));
    let page = response.text().await.unwrap();
    assert!(!page.contains("https://"), "{page}");

    let links: Vec<_> =
        page.split('"').filter(|text| text.starts_with("/graphql/assets/")).collect();
    assert_eq!(links.len(), 6, "{links:?}");
    for link in links {
        let url = format!("http://{}{link}", server.address);
        let response = server.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{link}");
        let kind = if link.ends_with(".js") { "text/javascript" } else { "text/css" };
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert!(!response.bytes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_page_can_be_left_out() {
    let server = Server::with(GraphQlSettings { graphiql: false, ..settings() }).await;
    let url = server.url() + "?query={__typename}";
    let response = server.client.get(url).header("accept", BROWSER).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let asset = format!("http://{}/graphql/assets/page.js", server.address);
    assert_eq!(server.client.get(asset).send().await.unwrap().status(), 404);
}
