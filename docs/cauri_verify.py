"""cauri_verify.py KEYFILE log LEAVES CHECKPOINT... | KEYFILE receipt FILE: what it checks is in audit.md."""
import base64, fractions, hashlib, json, re, sys
P = 2**255 - 19; L = 2**252 + 27742317777372353535851937790883648493; D = -121665 * pow(121666, -1, P) % P
read, sha = lambda path: open(path, encoding="utf-8").read(), lambda *parts: hashlib.sha256(b"".join(parts)).digest()
leaf, node = (lambda body: sha(b"\0", body)), (lambda left, right: sha(b"\1", left, right))
def check(holds, what): holds or sys.exit(f"REFUSED: {what}")
def add(a, b):  # two points of Ed25519, RFC 8032
    k = D * a[0] * b[0] * a[1] * b[1]
    return (a[0]*b[1] + b[0]*a[1]) * pow(1 + k, -1, P) % P, (a[1]*b[1] + a[0]*b[0]) * pow(1 - k, -1, P) % P
def times(n, a): return (0, 1) if n == 0 else add(times(n - 1, a), a) if n & 1 else times(n >> 1, add(a, a))
def point(data):
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    check(x * x % P == square and y < P, "the checkpoint's signature: no point of the curve")
    return (x if x & 1 == odd else P - x), y
def signed(key, signature, text):
    s, k = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + key + text).digest()
    right = add(point(signature[:32]), times(int.from_bytes(k, "little") % L, point(key)))
    return s < L and times(s, point(b"X" + b"f" * 31)) == right
def checkpoint(note):  # c2sp.org/signed-note, c2sp.org/tlog-checkpoint
    name, key_id, key = read(sys.argv[1]).strip().split("+", 2)
    key, (text, _, lines) = base64.b64decode(key), note.rpartition("\n\n")
    check(key[0] == 1 and sha(name.encode(), b"\n", key)[:4].hex() == key_id, "the key is none")
    lines = map(base64.b64decode, re.findall(f"(?m)^— {re.escape(name)} (.*)$", lines))
    ours = [line[4:] for line in lines if line[:4].hex() == key_id]
    origin, size, root = text.split("\n")[:3]
    check(ours and origin == name and signed(key[1:], ours[0], f"{text}\n".encode()), "the checkpoint's signature")
    return int(size), base64.b64decode(root)
def event(body, revision):
    it, sums = json.loads(body), {}
    for account, side, amount, currency in it["p"].get("entry", []):
        sums[currency] = sums.get(currency, 0) + fractions.Fraction(amount) * {"D": 1, "C": -1}[side]
    check(it["r"] == revision and not any(sums.values()), f"revision {revision}: misplaced, or not balanced")
def log(leaves, *notes):
    roots, full, chain, size = [checkpoint(read(note)) for note in notes], [], b"0" * 64, 0
    for line in [b""] + open(leaves, "rb").read().splitlines(True):
        if line:  # at first there is no line yet: the root of no events
            hash, body = line[6:70], line[76:-2]
            check(line == b'{"h":"%s","e":%s}\n' % (hash, body), f"revision {size}: not a whole line")
            check(sha(chain, body).hex().encode() == hash, f"revision {size}: the hash chain")
            event(body, size)
            full, chain, size = full + [(1, leaf(body))], hash, size + 1
            while full[-2:-1] and full[-1][0] == full[-2][0]: full[-2:] = [(2 * full[-1][0], node(full[-2][1], full[-1][1]))]
        root = full[-1][1] if full else sha()
        for _, left in full[-2::-1]: root = node(left, root)
        check(all(it == root for at, it in roots if at == size), f"the first {size} events are not those signed")
    check(all(at <= size for at, _ in roots), f"the log ends before revision {size}, but more was signed")
def included(hash, at, size, proof):
    if size == 1 or not proof: return hash if size == 1 and not proof else b""
    left, last = 1 << (size - 1).bit_length() - 1, proof[-1]
    if at < left: return node(included(hash, at, left, proof[:-1]), last)
    return node(last, included(hash, at - left, size - left, proof[:-1]))
def receipt(path):
    it = json.loads(read(path)); size, root = checkpoint(it["checkpoint"])
    check(it["format"] == "cauri receipt 1" and it["events"], "it is no receipt, or has no event")
    for at, body, proof in ((one["revision"], one["event"].encode(), one["proof"]) for one in it["events"]):
        event(body, at); check(at < size and included(leaf(body), at, size, list(map(base64.b64decode, proof))) == root, f"revision {at}: the proof")
print({"log": log, "receipt": receipt}[sys.argv[2]](*sys.argv[3:]) or "verified")
