-- purpose: the schemas of the warehouse and the roles that may use them
-- grain: none
-- key: none
create schema raw;
comment on schema raw is 'Events as they landed: append-only, IIN already replaced by a token, partitioned by month of landing.';
create schema ops;
comment on schema ops is 'How the pipeline stands: sources, offsets, batches, rejections, outbox, validation results. No personal values.';
create schema vault;
comment on schema vault is 'The only place that holds national identity numbers, encrypted. Read by the tokeniser and the eraser alone.';
create schema ref;
comment on schema ref is 'Reference data with validity: regions, occupations, skills, education levels, currencies.';
create schema stage;
comment on schema stage is 'Typed rows of the batch that is being validated; emptied when the batch is settled.';
create schema core;
comment on schema core is 'One row per version of each enrolment, certificate and vacancy, with lineage to the Kafka offset it came from.';
create schema mart;
comment on schema mart is 'Tables behind the views of profile and retraining; refreshed incrementally. Not for readers.';
create schema profile;
comment on schema profile is 'Views for the digital student profile.';
create schema retraining;
comment on schema retraining is 'Views for the workforce-retraining platform.';

do $$
declare
    role_name text;
begin
    -- Roles belong to the whole server, so a second database of the same server finds them made.
    foreach role_name in array array['arna_lander', 'arna_loader', 'arna_engineer', 'profile_reader', 'retraining_reader']
    loop
        begin
            execute format('create role %I login', role_name);
        exception
            when duplicate_object or unique_violation then null;
        end;
    end loop;
end
$$;

revoke all on schema public from public;

grant usage on schema raw, ops, vault to arna_lander;
grant usage on schema raw, ops, ref, stage, core, mart, profile, retraining to arna_loader;
grant usage on schema ops, ref, core, mart, profile, retraining to arna_engineer;
grant usage on schema profile, ref to profile_reader;
grant usage on schema retraining, ref to retraining_reader;
