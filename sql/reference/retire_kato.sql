-- purpose: end the validity of codes that the edition no longer lists
-- grain: one code
-- key: kato_code, valid_from
update ref.kato as k
set valid_to = greatest(%(effective_on)s, k.valid_from + 1)
where
    k.valid_to is null
    and not exists (
        select 1
        from reference_stage as s
        where s.code = k.kato_code
    );
