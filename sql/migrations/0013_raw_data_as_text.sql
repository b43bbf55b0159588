-- purpose: the lander writes straight into a month's partition; and raw.data becomes text: the server checks every json value that comes in by parsing it, which is most of what landing costs it, and the lander has done so already
-- grain: as raw
-- key: as raw
do $$
declare
    entity text;
begin
    foreach entity in array array['enrolment', 'certification', 'vacancy']
    loop
        execute format('alter table raw.%I alter column data type text using data::text', entity);
        execute format('comment on column raw.%I.data is %L', entity, 'The event''s data as sent, each IIN replaced by its token: JSON, checked by the lander.');
    end loop;
end
$$;

create or replace function ops.ensure_raw_partitions(at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, raw
as $$
declare
    entity text;
    month_start timestamptz;
begin
    -- One at a time: two landers that start together would both try to create the month.
    perform pg_advisory_xact_lock(hashtext('ops.ensure_raw_partitions'));
    foreach entity in array array['enrolment', 'certification', 'vacancy']
    loop
        foreach month_start in array array[
            date_trunc('month', at, 'UTC'),
            date_trunc('month', date_trunc('month', at, 'UTC') + interval '32 days', 'UTC')
        ]
        loop
            execute format(
                'create table if not exists raw.%I partition of raw.%I for values from (%L) to (%L)',
                entity || to_char(month_start at time zone 'UTC', '_YYYY_MM'), entity, month_start,
                date_trunc('month', month_start + interval '32 days', 'UTC')
            );
            execute format('grant insert on raw.%I to arna_lander', entity || to_char(month_start at time zone 'UTC', '_YYYY_MM'));
        end loop;
    end loop;
end
$$;
select ops.ensure_raw_partitions(now());
