-- What the instance-ha API knows of hosts beyond what the hosts' own rows say, and what monitors have reported.
create table failover_segment (
    id bigint generated always as identity primary key,
    uuid uuid not null unique,
    name text not null unique,
    description text,
    recovery_method text not null check (recovery_method in ('AUTO', 'RESERVED_HOST', 'AUTO_PRIORITY', 'RH_PRIORITY')),
    service_type text not null,
    enabled boolean not null default true,
    created_at timestamptz not null,
    updated_at timestamptz
);
comment on table failover_segment is 'Groups of hosts with a recovery method. The controllers'' own segment has a row only once somebody changed something of it.';
comment on column failover_segment.id is 'The number that the API shows beside the uuid.';
comment on column failover_segment.uuid is 'The id by which the API names it; that of the controllers'' own segment is made of its name.';
comment on column failover_segment.name is 'As operators spell it.';
comment on column failover_segment.description is 'For people.';
comment on column failover_segment.recovery_method is 'Which hosts may be given the instances of a failed one.';
comment on column failover_segment.service_type is 'Free text of the API; nothing here depends on it.';
comment on column failover_segment.enabled is 'Whether words of monitors about its hosts are acted on.';
comment on column failover_segment.created_at is 'Wall time of creation.';
comment on column failover_segment.updated_at is 'Wall time of the last change; null before the first.';

create table failover_host (
    host text primary key references host (id) on delete cascade,
    segment uuid not null,
    type text not null,
    control_attributes text not null,
    reserved boolean not null default false,
    used_for text not null default '',
    created_at timestamptz not null,
    updated_at timestamptz
);
create index failover_host_by_segment on failover_host (segment);
comment on table failover_host is 'Hosts of which the instance-ha API said something. A host without a row is in the controllers'' own segment, and reserved for nothing.';
comment on column failover_host.host is 'The host.';
comment on column failover_host.segment is 'uuid of its failover segment; no reference, because the controllers'' own has no row at first.';
comment on column failover_host.type is 'Free text of the API.';
comment on column failover_host.control_attributes is 'Free text of the API.';
comment on column failover_host.reserved is 'Kept free for the instances of a host of its segment that fails.';
comment on column failover_host.used_for is 'The failures for which it was taken out of the reserve, as host@epoch, separated by spaces.';
comment on column failover_host.created_at is 'Wall time of creation.';
comment on column failover_host.updated_at is 'Wall time of the last change; null before the first.';

create table monitor_word (
    id bigint generated always as identity primary key,
    uuid uuid not null unique,
    type text not null check (type in ('COMPUTE_HOST', 'VM', 'PROCESS')),
    host text not null,
    host_uuid uuid not null,
    generated_at timestamp not null,
    payload text not null,
    said_by text not null,
    trust text not null check (trust in ('SUSPECTS', 'CONDEMNS', 'HAS_FENCED')),
    status text not null check (status in ('new', 'running', 'finished', 'failed', 'error', 'ignored')),
    reason text not null,
    case_id uuid,
    created_at timestamptz not null,
    updated_at timestamptz
);
create index monitor_word_by_host on monitor_word (host, id);
comment on table monitor_word is 'Notifications of monitors, the newest ten thousand of them.';
comment on column monitor_word.id is 'Order of arrival.';
comment on column monitor_word.uuid is 'The id by which the API names it.';
comment on column monitor_word.type is 'What failed: a host, an instance, a process.';
comment on column monitor_word.host is 'The host it is about; no reference, because it outlives it.';
comment on column monitor_word.host_uuid is 'The id of that host in the API.';
comment on column monitor_word.generated_at is 'When the monitor says that it happened, UTC.';
comment on column monitor_word.payload is 'JSON, as it came.';
comment on column monitor_word.said_by is 'The monitor.';
comment on column monitor_word.trust is 'How far it was believed.';
comment on column monitor_word.status is 'What became of it; of one that is new or running, its case says the present.';
comment on column monitor_word.reason is 'Why it has this status, for people.';
comment on column monitor_word.case_id is 'The case that it opened or joined; null for none.';
comment on column monitor_word.created_at is 'Wall time of arrival.';
comment on column monitor_word.updated_at is 'Wall time of the last change; null before the first.';
