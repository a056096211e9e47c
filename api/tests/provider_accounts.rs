//! The file of providers' accounts: what is read, and what keeps a server from starting.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_api::providers::{Accounts, Kind, key_id};
use cauri_domain::LedgerId;
use secrecy::{ExposeSecret as _, SecretString};

/// Loads a file in which `FOLDER` is replaced by a folder with the secrets `a` and `b`.
fn load(text: &str) -> Result<Accounts, String> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        std::fs::write(folder.path().join(name), format!("secret-{name}\n")).unwrap();
    }
    let file = folder.path().join("providers.toml");
    std::fs::write(&file, text.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    let place = file.display().to_string();
    Accounts::load(Some(&file)).map_err(|error| error.to_string().replace(&place, "F"))
}

#[test]
fn one_kind_has_several_accounts_each_with_its_own_secrets_and_ledgers() {
    let accounts = load(
        r#"
        [[account]]
        name = "stripe-togo"
        kind = "stripe"
        ledgers = ["togo"]
        webhook_secrets = ["file:FOLDER/a", "file:FOLDER/b"]
        [account.settings]
        url = "http://localhost:1"
        api_key = "file:FOLDER/b"

        [[account]]
        name = "stripe"
        webhook_secrets = ["file:FOLDER/b"]

        [[account]]
        name = "everywhere"
        kind = "hub2"
        ledgers = ["*"]
        webhook_secrets = ["file:FOLDER/a"]
        "#,
    )
    .unwrap();
    let togo = accounts.get("stripe-togo").unwrap();
    assert_eq!(togo.kind, Kind::Stripe);
    let secrets: Vec<_> = togo.webhook_secrets.iter().map(|s| s.expose_secret()).collect();
    assert_eq!(secrets, ["secret-a", "secret-b"]);
    assert_eq!(togo.required("url").unwrap(), "http://localhost:1");
    assert_eq!(togo.required_secret("api_key").unwrap().expose_secret(), "secret-b");
    assert_eq!(accounts.of(Kind::Stripe).count(), 2);

    let of = |name: &str, ledger: &str| accounts.are_of(name, &ledger.parse().unwrap());
    assert!(of("stripe-togo", "togo") && !of("stripe-togo", "main"));
    assert!(of("stripe", LedgerId::main().as_str()) && !of("stripe", "togo"));
    assert!(of("everywhere", "togo") && of("everywhere", "main"));
    assert!(!of("unknown", "main"));
}

#[test]
fn what_is_wrong_is_named_by_file_account_and_field() {
    let account = |rest: &str| format!("[[account]]\nname = \"stripe\"\n{rest}");
    for (text, error) in [
        (
            account("webhook_secrets = [\"whsec_in_the_open\"]"),
            "F: the account \"stripe\": webhook_secrets[0] must be \"env:NAME\" or \"file:PATH\": \
             this file is no place for a secret",
        ),
        (
            account("webhook_secrets = [\"env:CAURI_NO_SUCH_VARIABLE\"]"),
            "F: the account \"stripe\": webhook_secrets[0] names the variable \
             CAURI_NO_SUCH_VARIABLE, which is not set",
        ),
        (
            account("webhook_secrets = [\"file:FOLDER/a\"]\nsettings = { api_key = \"sk_live\" }"),
            "F: the account \"stripe\": settings.api_key must be \"env:NAME\" or \"file:PATH\": \
             this file is no place for a secret",
        ),
        (
            account("webhook_secrets = [\"file:FOLDER/a\"]\nsettings = { site_id = 1 }"),
            "F: the account \"stripe\": settings.site_id is no setting of stripe; it has: api_key, \
             confirm_above, url",
        ),
        (account(""), "F: the account \"stripe\": webhook_secrets is missing"),
        (
            account("kind = \"strip\""),
            "F: the account \"stripe\": kind is none of: stripe, fedapay, paypal, cinetpay, \
             cinetpay-v1, pispi, pawapay, hub2, paygate, standard-webhooks, hmac, sim",
        ),
        (
            account("webhook_secrets = [\"file:FOLDER/a\"]\nledgers = [\"Not A Name\"]"),
            "F: the account \"stripe\": ledgers ",
        ),
        (
            account("webhook_secrets = [\"file:FOLDER/a\"]\nledgers = []"),
            "F: the account \"stripe\": ledgers names no ledger",
        ),
        (
            account("secret = \"whsec_in_the_open\""),
            "F: the file of accounts cannot be read at line 3: unknown field `secret`",
        ),
        (
            "[[account]]\nname = \"A Long Name For A Provider\"\nkind = \"sim\"".to_owned(),
            "F: the account \"A Long Name For A Provider\": name is not a provider's short name",
        ),
        (
            account("webhook_secrets = [\"file:FOLDER/a\"]\n").repeat(2),
            "F: the account \"stripe\": name is another account's too",
        ),
        (
            "[[account]]\nname = \"paygate\"\nwebhook_secrets = [\"file:FOLDER/a\"]".to_owned(),
            "F: the account \"paygate\": webhook_secrets its deliveries are not proved with",
        ),
        (
            "[[account]]\nname = \"paypal\"".to_owned(),
            "F: the account \"paypal\": webhook_id is missing",
        ),
    ] {
        let refused = load(&text).unwrap_err();
        assert!(refused.starts_with(error), "{text}\n{refused}");
        assert!(!refused.contains("in_the_open") && !refused.contains("sk_live"), "{refused}");
    }
}

#[test]
fn a_key_is_called_by_what_does_not_tell_it() {
    let id = |text: &str| key_id(&SecretString::from(text.to_owned()));
    assert_eq!(id("whsec_a").len(), 8);
    assert_eq!(id("whsec_a"), id("whsec_a"));
    assert_ne!(id("whsec_a"), id("whsec_b"));
}

#[test]
fn every_kind_has_a_page_that_tells_its_settings() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let overview = std::fs::read_to_string(docs.join("providers.md")).unwrap();
    for kind in Kind::ALL {
        let page = std::fs::read_to_string(docs.join(format!("providers/{kind}.md"))).unwrap();
        assert!(overview.contains(&format!("(providers/{kind}.md)")), "{kind} is not linked");
        for heading in [
            "Set-up",
            "What is verified",
            "What is confirmed",
            "Events",
            "Traps",
            "Vectors and forgeries",
        ] {
            assert!(page.contains(&format!("\n## {heading}\n")), "{kind} does not say: {heading}");
        }
        for rule in kind.settings() {
            assert!(
                page.contains(&format!("`{}`", rule.name)),
                "{kind} does not tell {}",
                rule.name
            );
        }
        if kind.has_webhook_secrets() {
            assert!(page.contains("`webhook_secrets`"), "{kind} does not tell its secrets");
        }
    }
}
