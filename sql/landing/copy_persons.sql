-- purpose: stores persons straight into the vault, sorted by token; fails as a whole when one of them is known already
-- grain: one person
-- key: token (its columns stand in the order in which consumers/rows.py packs them)
copy vault.person (
    token,
    person_id,
    token_key_id,
    key_id,
    iin_encrypted
) from stdin (format binary); -- noqa: PRS
