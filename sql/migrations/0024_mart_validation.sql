-- purpose: runs of Great Expectations over the marts; a batch has its own number, a group of marts gets one per run
-- grain: one run over one group of marts
-- key: mart_validation_id
create table ops.mart_validation (
    mart_validation_id bigint generated always as identity primary key,
    mart_group text not null check (mart_group in ('profile', 'retraining')),
    change_seq bigint not null,
    as_of_date date not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    is_valid boolean,
    check ((finished_at is null) = (is_valid is null))
);
create index mart_validation_latest on ops.mart_validation (mart_group, finished_at desc) where finished_at is not null;
comment on table ops.mart_validation is 'Runs of Great Expectations over the marts. Grain: one run over one group.';
comment on column ops.mart_validation.mart_validation_id is 'Number of the run.';
comment on column ops.mart_validation.mart_group is 'profile or retraining.';
comment on column ops.mart_validation.change_seq is 'Number of the last refresh that had changed a row of the group when the run began.';
comment on column ops.mart_validation.as_of_date is 'The day the group stood for then.';
comment on column ops.mart_validation.started_at is 'When it began.';
comment on column ops.mart_validation.finished_at is 'When its results were kept; null: it runs, or was broken off.';
comment on column ops.mart_validation.is_valid is 'Whether no critical expectation failed; null as finished_at.';

alter table ops.validation
add column mart_validation_id bigint references ops.mart_validation (mart_validation_id) on delete cascade;
create index validation_mart on ops.validation (mart_validation_id) where mart_validation_id is not null;
comment on column ops.validation.batch_id is 'Batch that was checked; null for marts and rechecks.';
comment on column ops.validation.mart_validation_id is 'Run over the marts that it belongs to; null for batches and rechecks.';
comment on column ops.validation.entity is 'Entity of the batch, or the view or table of the marts, with its schema.';

grant select, insert, update, delete on ops.mart_validation to arna_loader;
grant select on ops.mart_validation to arna_engineer;
