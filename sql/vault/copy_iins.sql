-- purpose: every sealed number, for the privacy scanner
-- grain: one person
-- key: token
copy (
    select
        p.token,
        p.key_id,
        encode(p.iin_encrypted, 'hex') as iin_encrypted_hex
    from vault.person as p
) to stdout;
