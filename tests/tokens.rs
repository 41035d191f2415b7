//! Every token that should be refused, refused: RFC 8725's attacks, times at their edges, claims of wrong types.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use access::{
    Grant, Role, Scopes,
    keys::{SIGNING_KEY_FILE, SigningKey, VerifyingKey},
    token::{self, LEEWAY_S, Request, TOKEN_CHARS_MAX, TokenError, Verifier},
};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use metrics_exporter_prometheus::PrometheusBuilder;
use schema::{ClusterId, OrganisationId, ProjectId, SubjectId};
use serde_json::{Value, json};
use uuid::Uuid;

const NOW: u64 = 1_800_000_000;
const SUBJECT: SubjectId = SubjectId(Uuid::from_u128(7));

/// A server's key, and the means to sign with it what no server would.
struct Forge {
    key: SigningKey,
    private: EncodingKey,
    verifier: Verifier,
}

impl Forge {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let key = SigningKey::load_or_make(data.path()).unwrap();
        let pem = std::fs::read(data.path().join(SIGNING_KEY_FILE)).unwrap();
        let verifier = Verifier::new([key.public().clone()]);
        Self { private: EncodingKey::from_ed_pem(&pem).unwrap(), key, verifier }
    }

    fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": self.key.public().id })
    }

    fn public(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(self.key.public().jwk()["x"].as_str().unwrap()).unwrap()
    }

    fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = crypto::sign(message.as_bytes(), &self.private, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn with_header(&self, member: &str, value: Value) -> Result<(), TokenError> {
        let mut header = self.header();
        header[member] = value;
        self.outcome(&self.sign_text(&header.to_string(), &claims().to_string()))
    }

    fn with_claim(&self, claim: &str, value: Value) -> Result<(), TokenError> {
        let mut claims = claims();
        claims[claim] = value;
        self.outcome(&self.sign_text(&self.header().to_string(), &claims.to_string()))
    }

    fn outcome(&self, token: &str) -> Result<(), TokenError> {
        self.verifier.verify(token, NOW).map(|_| ())
    }
}

fn claims() -> Value {
    json!({
        "iss": token::ISSUER, "aud": token::AUDIENCE, "sub": SUBJECT, "jti": "one",
        "iat": NOW - 10, "exp": NOW + 600,
        "urn:milepost:roles": [{ "role": "auditor" }],
    })
}

#[test]
fn a_token_that_was_issued_says_who_bears_it() {
    let forge = Forge::new();
    let grants = vec![
        Grant { organisation: Some(OrganisationId::new(Uuid::from_u128(1))), ..Grant::of(Role::Regulator) },
        Grant {
            clusters: vec![ClusterId::new(Uuid::from_u128(2))],
            projects: vec![ProjectId::new(Uuid::from_u128(3))],
            ..Grant::of(Role::ProjectLead)
        },
    ];
    let request = Request { subject: SUBJECT, grants: grants.clone(), lifetime: Duration::from_hours(1) };
    let token = token::issue(&forge.key, request.clone(), NOW).unwrap();
    let actor = forge.verifier.verify(&token, NOW).unwrap();
    assert_eq!((actor.subject, &actor.grants, actor.scopes), (SUBJECT, &grants, Scopes::ALL));
    assert_eq!(actor.expires_at, NOW + 3600);
    let second = forge.verifier.verify(&token::issue(&forge.key, request, NOW).unwrap(), NOW).unwrap();
    assert_ne!(actor.token, second.token);
}

#[test]
fn the_forge_makes_tokens_that_are_accepted() {
    // Without this, every refusal below could have another reason than the one it is about.
    let forge = Forge::new();
    assert_eq!(forge.with_claim("jti", json!("two")), Ok(()));
    assert_eq!(forge.with_claim("nbf", json!(NOW)), Ok(()));
    assert_eq!(forge.with_claim("aud", json!(["another", token::AUDIENCE])), Ok(()));
    assert_eq!(forge.with_claim("email", json!(null)), Ok(()));
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert_eq!(forge.with_header("typ", json!(typ)), Ok(()));
    }
}

/// How many signatures are verified while `work` is done, as an operator would read it.
fn verified_during(work: impl FnOnce()) -> usize {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, work);
    let told = recorder.handle().render();
    let count = told.lines().find_map(|line| line.strip_prefix("milepost_tokens_verified_total "));
    count.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn a_token_is_verified_once_and_its_times_whenever_it_is_shown() {
    let forge = Forge::new();
    let mut claims = claims();
    claims["nbf"] = json!(NOW);
    let token = forge.sign_text(&forge.header().to_string(), &claims.to_string());
    let outcome = |now| forge.verifier.verify(&token, now).map(|actor| actor.subject);
    let verified = verified_during(|| {
        for (now, expected) in [
            (NOW, Ok(SUBJECT)),
            (NOW + 600 + LEEWAY_S - 1, Ok(SUBJECT)),
            (NOW + 600 + LEEWAY_S, Err(TokenError::Expired)),
            (NOW - LEEWAY_S - 1, Err(TokenError::NotYet)),
            (NOW, Ok(SUBJECT)),
        ] {
            assert_eq!(outcome(now), expected, "{now}");
        }
        assert_eq!(forge.verifier.clone().verify(&token, NOW).map(|actor| actor.subject), Ok(SUBJECT));
    });
    assert_eq!(verified, 1);
}

#[test]
fn what_was_refused_is_verified_again() {
    let forge = Forge::new();
    let token = forge.sign_text(&forge.header().to_string(), &claims().to_string());
    forge.outcome(&token).unwrap();
    let (message, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64]));
    let over = forge.sign_text(&forge.header().to_string(), &json!({ "exp": NOW }).to_string());
    let verified = verified_during(|| {
        for _ in 0..3 {
            assert_eq!(forge.outcome(&forged), Err(TokenError::Signature));
            assert_eq!(forge.outcome(&over), Err(TokenError::Claims));
        }
    });
    assert_eq!(verified, 6);
}

#[test]
fn of_many_tokens_the_latest_are_remembered() {
    let forge = Forge::new();
    let token = |number: usize| {
        let mut claims = claims();
        claims["jti"] = json!(number.to_string());
        forge.sign_text(&forge.header().to_string(), &claims.to_string())
    };
    let show = |number: usize| forge.outcome(&token(number)).unwrap();
    let all = 5_000;
    assert_eq!(verified_during(|| (0..all).for_each(show)), all);
    assert_eq!(verified_during(|| (all - 2_000..all).for_each(show)), 0);
    assert_eq!(verified_during(|| show(0)), 1);
}

#[test]
fn no_spelling_of_no_algorithm_is_accepted() {
    let forge = Forge::new();
    for alg in ["none", "None", "NONE", "nOnE", "", " none", "HS256", "HS384", "HS512", "eddsa", "RS256", "ES256"] {
        assert_eq!(forge.with_header("alg", json!(alg)), Err(TokenError::Algorithm), "{alg}");
        let mut header = forge.header();
        header["alg"] = json!(alg);
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let unsigned = format!("{header}.{}.", URL_SAFE_NO_PAD.encode(claims().to_string()));
        assert_eq!(forge.outcome(&unsigned), Err(TokenError::Algorithm), "{alg}, unsigned");
    }
    for alg in [json!(null), json!(["EdDSA"]), json!({ "alg": "EdDSA" })] {
        assert_eq!(forge.with_header("alg", alg), Err(TokenError::Header));
    }
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let forge = Forge::new();
    let raw = forge.public();
    let x = URL_SAFE_NO_PAD.encode(&raw);
    let jwk = forge.key.public().jwk().to_string();
    for secret in [raw.as_slice(), x.as_bytes(), jwk.as_bytes(), b""] {
        for alg in ["HS256", "EdDSA"] {
            let mut header = forge.header();
            header["alg"] = json!(alg);
            let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", encode(&header), encode(&claims()));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
            assert!(forge.outcome(&token).is_err(), "{alg}");
        }
    }
}

#[test]
fn a_token_can_not_bring_its_own_key_or_say_where_to_fetch_one() {
    let (forge, attacker) = (Forge::new(), Forge::new());
    for (member, value) in [
        ("jwk", attacker.key.public().jwk()),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/key.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        assert_eq!(forge.with_header(member, value.clone()), Err(TokenError::Header), "{member}");
        let mut header = forge.header();
        header[member] = value;
        let token = attacker.sign_text(&header.to_string(), &claims().to_string());
        assert_eq!(forge.outcome(&token), Err(TokenError::Header), "{member}, signed by the attacker");
    }
}

#[test]
fn a_key_is_known_by_its_thumbprint_and_by_nothing_else() {
    let (forge, attacker) = (Forge::new(), Forge::new());
    let id = forge.key.public().id.to_string();
    for kid in ["", "../../../dev/null", "/dev/null", "' UNION SELECT 'x", "0", &id[1..], &id.to_uppercase(), &format!("{id} ")] {
        assert_eq!(forge.with_header("kid", json!(kid)), Err(TokenError::UnknownKey), "{kid}");
    }
    for kid in [json!(null), json!(0), json!([id])] {
        assert_eq!(forge.with_header("kid", kid), Err(TokenError::Header));
    }
    let own = attacker.sign_text(&attacker.header().to_string(), &claims().to_string());
    assert_eq!(forge.outcome(&own), Err(TokenError::UnknownKey));
    let stolen_name = attacker.sign_text(&forge.header().to_string(), &claims().to_string());
    assert_eq!(forge.outcome(&stolen_name), Err(TokenError::Signature));
}

#[test]
fn a_header_says_each_thing_once_and_leaves_nothing_out() {
    let forge = Forge::new();
    let id = &forge.key.public().id;
    for header in [
        format!(r#"{{"typ":"at+jwt","alg":"EdDSA","alg":"EdDSA","kid":"{id}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"none","alg":"EdDSA","kid":"{id}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{id}","kid":"{id}"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{id}"}}"#),
        format!(r#"{{"typ":"at+jwt","kid":"{id}"}}"#),
        r#"{"typ":"at+jwt","alg":"EdDSA"}"#.to_owned(),
    ] {
        let token = forge.sign_text(&header, &claims().to_string());
        assert_eq!(forge.outcome(&token), Err(TokenError::Header), "{header}");
    }
    for header in ["", "{", "null", "[]", &format!(r#"["at+jwt","EdDSA","{id}"]"#), "\u{feff}{}"] {
        let token = forge.sign_text(header, &claims().to_string());
        assert_eq!(forge.outcome(&token), Err(TokenError::Malformed), "{header}");
    }
}

#[test]
fn a_token_of_another_type_is_no_access_token() {
    let forge = Forge::new();
    for typ in ["JWT", "jwt", "", "at+jwt ", "dpop+jwt", "application/jwt", "application/application/at+jwt", "id_token+jwt"] {
        assert_eq!(forge.with_header("typ", json!(typ)), Err(TokenError::Type), "{typ}");
    }
}

#[test]
fn a_token_lives_from_its_first_second_to_its_last_and_thirty_seconds_more() {
    let forge = Forge::new();
    let at = |claim, value: u64| forge.with_claim(claim, json!(value));
    let (early, late) = (NOW - LEEWAY_S, NOW + LEEWAY_S);
    let with_times = |issued: u64, expires: u64| {
        let mut claims = claims();
        (claims["iat"], claims["exp"]) = (json!(issued), json!(expires));
        forge.outcome(&forge.sign_text(&forge.header().to_string(), &claims.to_string()))
    };
    assert_eq!(with_times(NOW - 600, early + 1), Ok(()));
    assert_eq!(with_times(NOW - 600, early), Err(TokenError::Expired));
    assert_eq!(with_times(late, late + 600), Ok(()));
    assert_eq!(with_times(late + 1, late + 600), Err(TokenError::NotYet));
    assert_eq!(at("nbf", late), Ok(()));
    assert_eq!(at("nbf", late + 1), Err(TokenError::NotYet));
    assert_eq!(with_times(NOW, NOW), Err(TokenError::Lifetime));
    assert_eq!(with_times(NOW, NOW - 1), Err(TokenError::Lifetime));
    assert_eq!(with_times(NOW, NOW + 30 * 86_400), Ok(()));
    assert_eq!(with_times(NOW, NOW + 30 * 86_400 + 1), Err(TokenError::Lifetime));
}

#[test]
fn a_token_from_or_for_somebody_else_is_refused() {
    let forge = Forge::new();
    for issuer in ["", "URN:MILEPOST", "urn:milepost ", "https://urn:milepost", "urn:milepost/"] {
        assert_eq!(forge.with_claim("iss", json!(issuer)), Err(TokenError::Issuer), "{issuer}");
    }
    for audience in [json!(""), json!("urn:milepost"), json!([]), json!(["a", "b"]), json!("urn:milepost:api,a")] {
        assert_eq!(forge.with_claim("aud", audience.clone()), Err(TokenError::Audience), "{audience}");
    }
}

#[test]
fn a_required_claim_must_be_there_once_and_of_its_type() {
    let forge = Forge::new();
    for claim in ["exp", "iss", "aud", "sub", "iat", "jti"] {
        let mut without = claims();
        without.as_object_mut().unwrap().remove(claim);
        let token = forge.sign_text(&forge.header().to_string(), &without.to_string());
        assert_eq!(forge.outcome(&token), Err(TokenError::Claims), "without {claim}");
        for wrong in [json!(null), json!(true), json!({}), json!([1]), json!(1.5)] {
            assert_eq!(forge.with_claim(claim, wrong.clone()), Err(TokenError::Claims), "{claim}: {wrong}");
        }
        let doubled = claims().to_string().replacen('{', &format!("{{\"{claim}\":{},", claims()[claim]), 1);
        let token = forge.sign_text(&forge.header().to_string(), &doubled);
        assert_eq!(forge.outcome(&token), Err(TokenError::Claims), "{claim} twice");
    }
    for claim in ["iss", "aud", "sub", "jti"] {
        assert_eq!(forge.with_claim(claim, json!(7)), Err(TokenError::Claims), "{claim}");
    }
    for jti in [String::new(), "x".repeat(129)] {
        assert_eq!(forge.with_claim("jti", json!(jti)), Err(TokenError::Claims));
    }
    assert_eq!(forge.with_claim("sub", json!("somebody@example.org")), Err(TokenError::Claims));
}

#[test]
fn a_time_is_a_whole_number_of_seconds() {
    let forge = Forge::new();
    for claim in ["exp", "iat", "nbf"] {
        for wrong in ["\"1800000600\"", "1800000600.0", "1.8e9", "-1", "1e400", "18446744073709551616", "null", "\"\""] {
            let mut claims = claims();
            claims[claim] = json!("HERE");
            let text = claims.to_string().replace("\"HERE\"", wrong);
            let token = forge.sign_text(&forge.header().to_string(), &text);
            let refused = forge.outcome(&token).unwrap_err();
            // 1e400 isn't even a number that JSON's reader takes.
            assert!(matches!(refused, TokenError::Claims | TokenError::Malformed), "{claim} {wrong}: {refused:?}");
        }
    }
    assert_eq!(forge.with_claim("exp", json!(u64::MAX)), Err(TokenError::Lifetime));
    assert_eq!(forge.with_claim("nbf", json!(u64::MAX)), Err(TokenError::NotYet));
    assert_eq!(forge.with_claim("iat", json!(u64::MAX)), Err(TokenError::Lifetime));
    assert_eq!(forge.with_claim("iat", json!(0)), Err(TokenError::Lifetime));
}

#[test]
fn a_role_that_is_not_understood_whole_is_not_granted_in_part() {
    let forge = Forge::new();
    for roles in [
        json!("administrator"),
        json!(null),
        json!([{ "role": "owner" }]),
        json!([{ "role": "auditor" }, { "role": "Administrator" }]),
        json!([{ "role": "auditor", "until": "2027" }]),
        json!([{ "role": "regulator", "organisation": "project-00000000-0000-0000-0000-000000000001" }]),
        json!([{ "role": "project_lead", "clusters": "cluster-00000000-0000-0000-0000-000000000001" }]),
        // What a lenient reader takes for a grant or a role.
        json!([["administrator"]]),
        json!([["administrator", null, [], []]]),
        json!(["administrator"]),
        json!({ "0": { "role": "administrator" } }),
        json!([{ "role": { "administrator": null } }]),
        json!([{ "role": ["administrator"] }]),
        json!([{ "role": 0 }]),
        json!([{ "role": null }]),
        json!([{}]),
        json!([null]),
        json!([{ "role": "auditor", "organisation": null }]),
        json!([{ "role": "auditor", "organisation": ["organisation-00000000-0000-0000-0000-000000000001"] }]),
        json!([{ "role": "auditor", "clusters": null }]),
        json!([{ "role": "auditor", "clusters": { "0": "cluster-00000000-0000-0000-0000-000000000001" } }]),
        json!([{ "role": "auditor", "projects": [["project-00000000-0000-0000-0000-000000000001"]] }]),
    ] {
        assert_eq!(forge.with_claim("urn:milepost:roles", roles.clone()), Err(TokenError::Claims), "{roles}");
    }
}

#[test]
fn a_scope_only_narrows() {
    let forge = Forge::new();
    let scopes = |scope: &str| {
        let mut claims = claims();
        claims["scope"] = json!(scope);
        let token = forge.sign_text(&forge.header().to_string(), &claims.to_string());
        forge.verifier.verify(&token, NOW).unwrap()
    };
    assert_eq!(scopes("milepost:read").scopes, Scopes { read: true, write: false });
    assert_eq!(scopes("administrator milepost:write").grants, [Grant::of(Role::Auditor)]);
    assert_eq!(forge.with_claim("scope", json!(null)), Err(TokenError::Claims));
}

#[test]
fn no_byte_of_a_token_can_be_changed() {
    let forge = Forge::new();
    let token = forge.sign_text(&forge.header().to_string(), &claims().to_string());
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut forged = token.clone().into_bytes();
            forged[at] ^= 1 << bit;
            let forged = String::from_utf8(forged).unwrap();
            assert!(forge.outcome(&forged).is_err(), "byte {at}, bit {bit}: {forged}");
        }
        assert!(forge.outcome(&token[..at]).is_err(), "cut at {at}");
        assert!(forge.outcome(&token[at + 1..]).is_err(), "begun after {at}");
    }
}

#[test]
fn a_token_has_one_spelling() {
    let forge = Forge::new();
    let token = forge.sign_text(&forge.header().to_string(), &claims().to_string());
    let (message, signature) = token.rsplit_once('.').unwrap();
    for other in [
        format!("{token}="),
        format!("{token}=="),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{message}.."),
        message.to_owned(),
        format!(".{token}"),
        token.replace('.', ""),
        String::new(),
        "..".to_owned(),
        "é.é.é".to_owned(),
    ] {
        assert!(forge.outcome(&other).is_err(), "{other}");
    }
    // 64 bytes end in four unused bits; a decoder that ignores them takes sixteen spellings of one signature.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let spellings = alphabet.chars().filter(|last| {
        let spelling = format!("{}{last}", &token[..token.len() - 1]);
        forge.outcome(&spelling).is_ok()
    });
    assert_eq!(spellings.count(), 1);
}

#[test]
fn a_token_of_a_megabyte_is_refused_unread() {
    let forge = Forge::new();
    assert_eq!(forge.outcome(&"a".repeat(1 << 20)), Err(TokenError::TooLong));
    assert_eq!(forge.outcome(&"a".repeat(TOKEN_CHARS_MAX)), Err(TokenError::Malformed));
    let many = vec![Grant::of(Role::Auditor); 1000];
    let request = Request { subject: SUBJECT, grants: many, lifetime: Duration::from_mins(1) };
    assert_eq!(token::issue(&forge.key, request, NOW), Err(TokenError::TooLong));
}

/// The header and claims are not JSON in RFC 8032's vectors, so the vectors go to the key itself.
#[test]
fn signatures_are_those_of_rfc_8032() {
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    // Section 7.1, tests 1 to 3: public key, message, signature.
    for (public, message, signature) in [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let (key, message) = (VerifyingKey::ed25519(&hex(public)), hex(message));
        let mut signature = hex(signature);
        assert!(key.signed(&message, &signature));
        assert!(!key.signed(&[message.as_slice(), b"x"].concat(), &signature));
        // The same point with the group's order added to the scalar: a second spelling, which RFC 8032 refuses.
        let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
        }
        assert!(!key.signed(&message, &signature));
    }
    // Appendix A.3 of RFC 8037 gives this key's thumbprint.
    let key = VerifyingKey::ed25519(&hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
    assert_eq!(&*key.id, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn a_lifetime_is_a_number_and_a_unit_up_to_thirty_days() {
    let seconds = |text| token::parse_lifetime(text).map(|lifetime| lifetime.as_secs());
    assert_eq!(seconds("90s"), Ok(90));
    assert_eq!(seconds("15m"), Ok(900));
    assert_eq!(seconds("1h"), Ok(3600));
    assert_eq!(seconds("7d"), Ok(604_800));
    assert_eq!(seconds("30d"), Ok(2_592_000));
    for wrong in
        ["", "h", "1", "1w", "0h", "31d", "721h", "-1h", "+1h", "1.5h", " 1h", "1 h", "1H", "1é", "99999999999999999999d"]
    {
        assert!(token::parse_lifetime(wrong).is_err(), "{wrong}");
    }
    let forge = Forge::new();
    for lifetime in [Duration::ZERO, Duration::from_millis(1), token::LIFETIME_MAX + Duration::from_secs(1)] {
        let request = Request { subject: SUBJECT, grants: vec![], lifetime };
        assert_eq!(token::issue(&forge.key, request, NOW), Err(TokenError::Lifetime));
    }
}
