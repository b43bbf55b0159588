-- purpose: hands over the persons of a micro-batch; the columns stand in the order in which consumers/rows.py packs them
-- grain: one person of the micro-batch
-- key: token
copy person_draft (
    token,
    person_id,
    token_key_id,
    key_id,
    iin_encrypted
) from stdin (format binary); -- noqa: PRS
