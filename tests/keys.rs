//! The key files: made once, kept, private.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, SystemTime},
};

use access::{
    keys::{KEY_ID_FILES, KeyError, PREVIOUS_KEY_FILE, Rotated, SEALING_KEY_FILE, SIGNING_KEY_FILE, SigningKey, key_set},
    seal::{Purpose, Sealer},
    token::LIFETIME_MAX,
};
use schema::SubjectId;
use uuid::Uuid;

#[test]
fn the_keys_are_made_on_the_first_run_and_kept() {
    let data = tempfile::tempdir().unwrap();
    let first = SigningKey::load_or_make(data.path()).unwrap();
    let second = SigningKey::load_or_make(data.path()).unwrap();
    assert_eq!(first.public().id, second.public().id);
    let other = SigningKey::load_or_make(tempfile::tempdir().unwrap().path()).unwrap();
    assert_ne!(first.public().id, other.public().id);

    let subject = SubjectId(Uuid::from_u128(1));
    let sealed = Sealer::load_or_make(data.path()).unwrap().seal(Purpose::Cursor, subject, b"x").unwrap();
    assert!(Sealer::load_or_make(data.path()).unwrap().open(Purpose::Cursor, subject, &sealed).is_ok());
    assert_eq!(fs::metadata(data.path().join(SEALING_KEY_FILE)).unwrap().len(), 32);
}

#[test]
fn nothing_is_left_beside_the_keys() {
    let data = tempfile::tempdir().unwrap();
    SigningKey::load_or_make(data.path()).unwrap();
    Sealer::load_or_make(data.path()).unwrap();
    let mut names: Vec<_> = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [SEALING_KEY_FILE, "sealing-key.id", "signing-key.id", SIGNING_KEY_FILE]);
}

#[test]
fn processes_that_start_at_once_end_with_one_key() {
    let data = tempfile::tempdir().unwrap();
    let made: Vec<_> = std::thread::scope(|scope| {
        let make = || SigningKey::load_or_make(data.path()).unwrap().public().id.clone();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(made.iter().all(|id| *id == made[0]), "{made:?}");
}

#[test]
fn a_damaged_key_is_reported_and_never_replaced() {
    let data = tempfile::tempdir().unwrap();
    SigningKey::load_or_make(data.path()).unwrap();
    Sealer::load_or_make(data.path()).unwrap();
    for name in [SIGNING_KEY_FILE, SEALING_KEY_FILE] {
        let path = data.path().join(name);
        let whole = fs::read(&path).unwrap();
        for damaged in [&b""[..], &whole[..20], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            fs::write(&path, damaged).unwrap();
            assert!(matches!(load(name, data.path()), Err(KeyError::DamagedKey { .. })), "{name}");
            assert_eq!(fs::read(&path).unwrap(), damaged);
        }
        // Moved away alone, as one that a new one is wanted for, it is missed; nothing is made in its place.
        let away = data.path().join("away");
        fs::rename(&path, &away).unwrap();
        let missed = load(name, data.path()).unwrap_err().to_string();
        assert!(missed.contains("is missing") && missed.contains(".id away"), "{missed}");
        assert!(!path.exists(), "{name}");
        fs::rename(&away, &path).unwrap();
        fs::write(&path, whole).unwrap();
        load(name, data.path()).unwrap();
    }
}

#[test]
fn a_key_with_any_bit_flipped_is_refused_or_the_same_key() {
    let data = tempfile::tempdir().unwrap();
    let id = SigningKey::load_or_make(data.path()).unwrap().public().id.clone();
    Sealer::load_or_make(data.path()).unwrap();
    let mut told = 0;
    for name in [SIGNING_KEY_FILE, SEALING_KEY_FILE, KEY_ID_FILES[0], KEY_ID_FILES[1]] {
        let path = data.path().join(name);
        let whole = fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &flipped).unwrap();
            let signing = SigningKey::load_or_make(data.path()).map(|key| key.public().id.clone());
            let sealing = Sealer::load_or_make(data.path());
            told += usize::from(matches!(signing, Err(KeyError::Changed { .. })));
            assert!(signing.as_ref().is_ok_and(|found| *found == id) || name.starts_with("signing"), "{name}, bit {bit}");
            assert!(signing.is_err() || signing.unwrap() == id, "{name}, bit {bit}");
            // The end of the id's line says nothing.
            let says_nothing = name == KEY_ID_FILES[1] && whole[bit / 8] == b'\n';
            assert!(sealing.is_err() == name.starts_with("sealing") || says_nothing, "{name}, bit {bit}");
        }
        fs::write(&path, whole).unwrap();
    }
    // 32 bytes of seed, of which the last lines of base64 hold some bits twice or not at all.
    assert!(told > 250, "{told}");
}

#[test]
fn the_two_keys_alone_can_be_copied_and_are_known_from_then_on() {
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let id = SigningKey::load_or_make(first.path()).unwrap().public().id.clone();
    Sealer::load_or_make(first.path()).unwrap();
    for name in [SIGNING_KEY_FILE, SEALING_KEY_FILE] {
        fs::copy(first.path().join(name), second.path().join(name)).unwrap();
    }
    assert_eq!(SigningKey::load_or_make(second.path()).unwrap().public().id, id);
    Sealer::load_or_make(second.path()).unwrap();
    for name in KEY_ID_FILES {
        assert_eq!(fs::read(first.path().join(name)).unwrap(), fs::read(second.path().join(name)).unwrap());
    }
    // Another key is told from the one that was there, by the file that has to go if it is to stay.
    for (name, noted) in [SIGNING_KEY_FILE, SEALING_KEY_FILE].into_iter().zip(KEY_ID_FILES) {
        let third = tempfile::tempdir().unwrap();
        load(name, third.path()).unwrap();
        fs::copy(third.path().join(name), second.path().join(name)).unwrap();
        let refused = load(name, second.path()).unwrap_err().to_string();
        assert!(
            refused.contains(name) && refused.contains(&format!("remove {}", second.path().join(noted).display())),
            "{refused}"
        );
        fs::remove_file(second.path().join(noted)).unwrap();
        load(name, second.path()).unwrap();
    }
}

fn load(name: &str, data: &Path) -> Result<(), KeyError> {
    if name == SIGNING_KEY_FILE { SigningKey::load_or_make(data).map(drop) } else { Sealer::load_or_make(data).map(drop) }
}

#[test]
#[cfg(unix)]
fn the_keys_are_their_owners_only() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let outer = tempfile::tempdir().unwrap();
    let data = outer.path().join("deep/data");
    for name in [SIGNING_KEY_FILE, SEALING_KEY_FILE] {
        load(name, &data).unwrap();
        let path = data.join(name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for exposed in [0o640, 0o604, 0o660, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).unwrap();
            assert!(matches!(load(name, &data), Err(KeyError::Exposed { .. })), "{name} {exposed:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(&path, data.join("elsewhere")).unwrap();
        symlink("elsewhere", &path).unwrap();
        assert!(matches!(load(name, &data), Err(KeyError::Damaged { .. })), "{name} through a link");
    }
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(SigningKey::load_or_make(&data), Err(KeyError::Exposed { .. })));
}

#[test]
#[cfg(unix)]
fn keys_and_their_directory_belong_to_whoever_uses_them() {
    use std::os::unix::fs::chown;

    const STRANGER: u32 = 54_321;

    let data = tempfile::tempdir().unwrap();
    for name in [SIGNING_KEY_FILE, SEALING_KEY_FILE] {
        load(name, data.path()).unwrap();
    }
    if chown(data.path().join(SIGNING_KEY_FILE), Some(STRANGER), None).is_err() {
        // Only root can give a file away.
        return;
    }
    let refused = load(SIGNING_KEY_FILE, data.path()).unwrap_err();
    assert!(matches!(refused, KeyError::Owner { owner: STRANGER, wanted: 0, .. }), "{refused}");
    assert!(refused.to_string().contains("run: chown 0 "), "{refused}");
    load(SEALING_KEY_FILE, data.path()).unwrap();
    // Root, who makes tokens for a service of another user, takes that user's keys.
    chown(data.path(), Some(STRANGER), None).unwrap();
    load(SIGNING_KEY_FILE, data.path()).unwrap();
    load(SEALING_KEY_FILE, data.path()).unwrap();
    chown(data.path().join(SEALING_KEY_FILE), Some(STRANGER + 1), None).unwrap();
    assert!(matches!(load(SEALING_KEY_FILE, data.path()), Err(KeyError::Owner { wanted: STRANGER, .. })));
}

#[test]
fn a_data_directory_that_is_a_file_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(SigningKey::load_or_make(file.path()).is_err());
}

#[test]
fn the_published_keys_are_public_keys_only() {
    let data = tempfile::tempdir().unwrap();
    let key = SigningKey::load_or_make(data.path()).unwrap();
    let set = key_set(std::slice::from_ref(key.public()));
    let mut members: Vec<_> = set["keys"][0].as_object().unwrap().keys().cloned().collect();
    members.sort();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(set["keys"][0]["kid"], *key.public().id);
}

fn ids(data: &Path, now: SystemTime) -> Option<(Box<str>, Vec<Box<str>>)> {
    let ring = SigningKey::ring(data, now).ok()?;
    Some((ring.signing.public().id.clone(), ring.accepted.iter().map(|key| key.id.clone()).collect()))
}

#[test]
fn the_next_key_is_accepted_before_it_signs_and_the_one_before_for_as_long_as_its_tokens_live() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    assert!(SigningKey::rotate(data).is_err(), "there is none to replace");
    let first = SigningKey::load_or_make(data).unwrap().public().id.clone();
    let now = SystemTime::now();
    let Rotated::Prepared(second) = SigningKey::rotate(data).unwrap() else { panic!("it signs at once") };
    assert_eq!(ids(data, now), Some((first.clone(), vec![first.clone(), second.clone()])));
    assert_eq!(SigningKey::rotate(data).unwrap(), Rotated::Replaced(second.clone()));
    assert_eq!(ids(data, now), Some((second.clone(), vec![second.clone(), first])));
    // A start knows the key by its id.
    assert_eq!(SigningKey::load_or_make(data).unwrap().public().id, second);
    assert_eq!(ids(data, now + LIFETIME_MAX + Duration::from_mins(1)).unwrap().1, std::slice::from_ref(&second));
    // The next time the key of before gives way to this one.
    let Rotated::Prepared(third) = SigningKey::rotate(data).unwrap() else { panic!("it signs at once") };
    SigningKey::rotate(data).unwrap();
    assert_eq!(ids(data, now), Some((third.clone(), vec![third, second])));
    for name in [SIGNING_KEY_FILE, PREVIOUS_KEY_FILE] {
        assert_eq!(fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_rotation_that_was_cut_off_is_gone_on_with() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    SigningKey::load_or_make(data).unwrap();
    SigningKey::rotate(data).unwrap();
    // The key that signs was kept as that of before, and its id was forgotten; the next was not put in its place.
    fs::copy(data.join(SIGNING_KEY_FILE), data.join(PREVIOUS_KEY_FILE)).unwrap();
    fs::remove_file(data.join(KEY_ID_FILES[0])).unwrap();
    SigningKey::load_or_make(data).unwrap();
    let Rotated::Replaced(next) = SigningKey::rotate(data).unwrap() else { panic!("there was a next key") };
    let (signing, accepted) = ids(data, SystemTime::now()).unwrap();
    assert_eq!((signing, accepted.len()), (next, 2));
}
