-- What the guards of recovery look at: what hosts share, what operators ordered, and what was decided not to be done.
alter table host add column failure_domains text not null default '';
alter table host add column maintenance text;
alter table host add column quarantine text;
alter table host add column quarantined_at timestamptz;
comment on column host.failure_domains is 'What it shares with other hosts, as it last said itself: pdu=a,rack=r4.';
comment on column host.maintenance is 'Who has it in maintenance, and why; null means nobody. No new claims, and no condemnation without a word.';
comment on column host.quarantine is 'Why it takes no claims although it serves: it failed too often; null means it does.';
comment on column host.quarantined_at is 'Since when.';

create table segment_order (
    segment text primary key references segment (id),
    armed text not null default 'ARMED' check (armed in ('ARMED', 'FREEZE', 'IGNORE')),
    armed_why text not null default '',
    maintenance text,
    updated_at timestamptz not null default now()
);
comment on table segment_order is 'What operators ordered for a whole segment; no row means armed and no maintenance.';
comment on column segment_order.segment is 'The segment.';
comment on column segment_order.armed is 'ARMED: failures are handled. FREEZE: cases are opened and held, and those under way stand still. IGNORE: verdicts are only noted.';
comment on column segment_order.armed_why is 'Who disarmed or armed it, and why.';
comment on column segment_order.maintenance is 'Who has the segment in maintenance, and why; null means nobody.';
comment on column segment_order.updated_at is 'Wall time of the last order.';

create table host_note (
    id bigint generated always as identity primary key,
    host text not null,
    at timestamptz not null,
    kind text not null,
    text text not null
);
create index host_note_by_host on host_note (host, id);
comment on table host_note is 'Decisions about a host that belong to no case, above all those not to act.';
comment on column host_note.id is 'Order of writing.';
comment on column host_note.host is 'The host; no reference, because a verdict may name one that the store does not know.';
comment on column host_note.at is 'Wall time, for people.';
comment on column host_note.kind is 'A stable word: held, ignored, quarantined, released, left, maintenance.';
comment on column host_note.text is 'One sentence for people, with the reason.';
