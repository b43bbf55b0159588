-- purpose: say what a reader sees, in place of what it saw before; a note that is not given stays
-- grain: one row
-- key: role_name
insert into ops.reader_scope (role_name, is_national, organisation_bins, region_codes, note)
values (%(role_name)s, %(is_national)s, %(organisation_bins)s::text[], %(region_codes)s::text[], %(note)s)
on conflict (role_name) do update
    set
        is_national = excluded.is_national,
        organisation_bins = excluded.organisation_bins,
        region_codes = excluded.region_codes,
        note = coalesce(excluded.note, ops.reader_scope.note),
        changed_at = now();
