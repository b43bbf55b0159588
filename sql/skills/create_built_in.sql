-- purpose: where the aliases that Arna brings wait, gone with the transaction
-- grain: one alias
-- key: term
create temporary table built_in_alias (
    term text not null,
    language_code text,
    framework text not null,
    skill_code text not null
) on commit drop;
