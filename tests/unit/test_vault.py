"""Tokens, sealing, key files."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from arna.errors import ConfigError, IntegrityError
from arna.settings import Settings
from arna.vault import Vault, VaultKeys, dump_keys, ensure_keys, key_id, load_keys, make_keys, matches_token, parse_keys

pytestmark = pytest.mark.unit

IIN = "990101100000"


def test_a_token_is_the_first_half_of_the_hmac_as_a_uuid() -> None:
    keys = make_keys()
    token = Vault(keys).token(IIN)
    assert token.replace("-", "") == hmac.digest(keys.token_key, IIN.encode(), "sha256")[:16].hex()
    assert [len(part) for part in token.split("-")] == [8, 4, 4, 4, 12]


def test_tokens_agree_between_instances_and_differ_between_keys() -> None:
    keys = make_keys()
    assert Vault(keys).token(IIN) == Vault(keys).token(IIN)
    assert Vault(keys).token(IIN) != Vault(make_keys()).token(IIN)
    assert Vault(keys).token(IIN) != Vault(keys).token("990101200007")
    assert matches_token(Vault(keys), IIN, Vault(keys).token(IIN))


def test_a_sealed_number_opens_only_under_its_token() -> None:
    vault = Vault(make_keys())
    token = vault.token(IIN)
    sealed = vault.seal_iin(IIN, token)
    assert IIN.encode() not in sealed
    assert vault.open_iin(sealed, token) == IIN
    for other in (vault.token("990101200007"), ""):
        with pytest.raises(IntegrityError) as caught:
            vault.open_iin(sealed, other)
        assert IIN not in str(caught.value)
    with pytest.raises(IntegrityError):
        vault.open_iin(sealed[:-1] + bytes([sealed[-1] ^ 1]), token)
    with pytest.raises(IntegrityError):
        vault.open_payload(sealed)


def test_no_nonce_is_used_twice_not_even_after_a_fork() -> None:
    vault = Vault(make_keys())
    nonces = {vault.seal_payload(b"x")[:12] for _ in range(10_000)}
    assert len(nonces) == 10_000
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, vault.seal_payload(b"x")[:12])
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 12) != vault.seal_payload(b"x")[:12]


def test_what_an_older_key_sealed_still_opens() -> None:
    old = make_keys()
    new = make_keys()
    both = VaultKeys(old.token_key, {**old.sealing_keys, **new.sealing_keys}, new.sealing_key_id)
    sealed = Vault(old).seal_payload(b"payload")
    assert Vault(both).open_payload(sealed, old.sealing_key_id) == b"payload"
    assert Vault(both).key_id == new.sealing_key_id
    assert Vault(both).token_key_id == Vault(old).token_key_id
    with pytest.raises(ConfigError, match="not among the vault keys"):
        Vault(new).open_payload(sealed, old.sealing_key_id)


def test_a_key_id_tells_nothing_of_the_key_but_which_it_is() -> None:
    key = bytes(32)
    assert key_id("s", key) == key_id("s", key) != key_id("s", b"\1" * 32)
    assert hashlib.sha256(key).hexdigest()[:12] not in key_id("s", key)


def test_keys_are_made_once_and_only_for_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "vault-keys.json"
    assert ensure_keys(path)
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not ensure_keys(path)
    assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_two_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "vault-keys.json"
    made: list[bool] = []
    threads = [threading.Thread(target=lambda: made.append(ensure_keys(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count(True) == 1


def test_keys_come_from_the_environment_before_the_file(tmp_path: Path) -> None:
    keys = make_keys()
    ensure_keys(tmp_path / "secrets" / "vault-keys.json")
    from_file = load_keys(Settings(home=tmp_path))
    from_environment = load_keys(Settings(home=tmp_path, vault_keys=SecretStr(dump_keys(keys))))
    assert from_environment == keys != from_file


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"token_key": "AAAA"}', '{"token_key": 5}'])
def test_a_text_that_holds_no_keys_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ConfigError, match="ARNA_VAULT_KEYS: does not hold vault keys") as caught:
        parse_keys(text, "ARNA_VAULT_KEYS")
    assert "AAAA" not in str(caught.value)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "vault-keys.json"
    ensure_keys(path)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_keys(Settings(home=tmp_path))


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"vault-keys\.json cannot be read"):
        load_keys(Settings(home=tmp_path))


def test_keys_do_not_show_in_a_repr() -> None:
    keys = make_keys()
    assert repr(keys) == f"VaultKeys(sealing_key_id='{keys.sealing_key_id}')"
