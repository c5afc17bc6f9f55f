-- Instances that are moved while nothing is wrong with their homes.
create table planned_move (
    id uuid primary key,
    segment text not null references segment (id),
    instance uuid not null,
    stage text not null,
    leader_epoch bigint not null check (leader_epoch >= 0),
    version bigint not null check (version > 0),
    document jsonb not null,
    opened_at timestamptz not null,
    updated_at timestamptz not null default now(),
    settled boolean not null default false
);
create unique index planned_move_one_open_per_instance on planned_move (instance) where not settled;
create index planned_move_open_by_segment on planned_move (segment) where not settled;
create index planned_move_by_instance on planned_move (instance, opened_at desc);
create index planned_move_by_opened_at on planned_move (opened_at desc, id);
comment on table planned_move is 'One instance on its way from a living home to another host; can be resumed from this row alone.';
comment on column planned_move.id is 'Identity of the move.';
comment on column planned_move.segment is 'Whose leader works on it.';
comment on column planned_move.instance is 'The instance; no reference, because a move outlives the instance as history.';
comment on column planned_move.stage is 'Where the move stands; the same word as in the document.';
comment on column planned_move.leader_epoch is 'Epoch of the leader that wrote last.';
comment on column planned_move.version is 'Optimistic lock.';
comment on column planned_move.document is 'Whole state of the move, with its last lines.';
comment on column planned_move.opened_at is 'Wall time of the request.';
comment on column planned_move.updated_at is 'Last change of this row.';
comment on column planned_move.settled is 'Whether it is over.';
