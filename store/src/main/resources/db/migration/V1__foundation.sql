-- The whole schema of the first release. PostgreSQL only; Flyway owns it, Hibernate only maps it.
-- Later versions follow expand/contract: a column is added in one release and removed, at the earliest, in the next,
-- so that controllers of two neighbouring releases can share one database during an upgrade.

create table segment (
    id text primary key,
    description text not null default '',
    created_at timestamptz not null default now()
);
comment on table segment is 'Hosts that share failure detection, storage and a leader.';
comment on column segment.id is 'Name, as operators spell it.';
comment on column segment.description is 'For people.';
comment on column segment.created_at is 'Wall time of creation.';

create table host (
    id text primary key,
    uuid uuid not null unique,
    segment text not null references segment (id),
    zone text,
    state text not null,
    epoch bigint not null default 0 check (epoch >= 0),
    incarnation bigint not null default 0 check (incarnation >= 0),
    boot_id text,
    enabled boolean not null default true,
    disabled_reason text,
    forced_down boolean not null default false,
    forced_down_by text,
    agent_address text,
    agent_port int check (agent_port between 1 and 65535),
    vcpus int not null default 0 check (vcpus >= 0),
    memory_mib int not null default 0 check (memory_mib >= 0),
    disk_gib int not null default 0 check (disk_gib >= 0),
    vcpus_used int not null default 0 check (vcpus_used >= 0),
    memory_mib_used int not null default 0 check (memory_mib_used >= 0),
    disk_gib_used int not null default 0 check (disk_gib_used >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_seen_at timestamptz,
    version bigint not null default 0
);
create index host_by_segment on host (segment);
comment on table host is 'A hypervisor host, as it last introduced itself, with the claims on it.';
comment on column host.id is 'Host name.';
comment on column host.uuid is 'The id under which the Nova-shaped API names the service and the hypervisor.';
comment on column host.segment is 'The segment it belongs to.';
comment on column host.zone is 'Availability zone; null means none.';
comment on column host.state is 'State of the host machine (ARCHITECTURE, state machines).';
comment on column host.epoch is 'Which life of the host: rises when it is condemned, never goes back.';
comment on column host.incarnation is 'How often it introduced itself.';
comment on column host.boot_id is 'Kernel boot id of the last introduction; tells a reboot from an agent restart.';
comment on column host.enabled is 'Whether new instances may be placed here.';
comment on column host.disabled_reason is 'Why not, in the words of who disabled it.';
comment on column host.forced_down is 'An operator or the recovery declared it down: no new claims.';
comment on column host.forced_down_by is 'Who declared it.';
comment on column host.agent_address is 'Where its agent listens.';
comment on column host.agent_port is 'TCP port of its agent.';
comment on column host.vcpus is 'Capacity: virtual processors.';
comment on column host.memory_mib is 'Capacity: memory in MiB.';
comment on column host.disk_gib is 'Capacity: disk in GiB.';
comment on column host.vcpus_used is 'Claimed. May exceed the capacity after a host came back smaller; a new claim then finds no room.';
comment on column host.memory_mib_used is 'Claimed memory in MiB.';
comment on column host.disk_gib_used is 'Claimed disk in GiB.';
comment on column host.created_at is 'First introduction.';
comment on column host.updated_at is 'Last change of this row.';
comment on column host.last_seen_at is 'Wall time of the last sign of life, for people only; verdicts use monotonic clocks.';
comment on column host.version is 'Optimistic lock.';

create table flavor (
    id text primary key,
    name text not null unique,
    vcpus int not null check (vcpus > 0),
    memory_mib int not null check (memory_mib > 0),
    disk_gib int not null default 0 check (disk_gib >= 0),
    is_public boolean not null default true,
    created_at timestamptz not null default now()
);
comment on table flavor is 'A size that instances come in.';
comment on column flavor.id is 'Chosen by whoever made it.';
comment on column flavor.name is 'Name for people.';
comment on column flavor.vcpus is 'Virtual processors.';
comment on column flavor.memory_mib is 'Memory in MiB.';
comment on column flavor.disk_gib is 'Root disk in GiB; 0 means as large as the image.';
comment on column flavor.is_public is 'Whether every project may use it.';
comment on column flavor.created_at is 'Wall time of creation.';

create table flavor_extra_spec (
    flavor_id text not null references flavor (id) on delete cascade,
    key text not null,
    value text not null,
    primary key (flavor_id, key)
);
comment on table flavor_extra_spec is 'Further properties of a flavor, for example its recovery policy.';
comment on column flavor_extra_spec.flavor_id is 'The flavor.';
comment on column flavor_extra_spec.key is 'Name of the property.';
comment on column flavor_extra_spec.value is 'Its value.';

create table image (
    id uuid primary key,
    name text not null,
    file text not null,
    format text not null,
    size_bytes bigint not null default 0 check (size_bytes >= 0),
    kernel_file text,
    ramdisk_file text,
    command_line text,
    min_memory_mib int not null default 0 check (min_memory_mib >= 0),
    min_disk_gib int not null default 0 check (min_disk_gib >= 0),
    status text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table image is 'A disk image on shared storage, with what is needed to boot it.';
comment on column image.id is 'Identity.';
comment on column image.name is 'Name for people; not unique.';
comment on column image.file is 'Path relative to the images directory on the shared storage.';
comment on column image.format is 'qcow2 or raw.';
comment on column image.size_bytes is 'Size of the file.';
comment on column image.kernel_file is 'Kernel for direct boot, relative like file.';
comment on column image.ramdisk_file is 'Initial ramdisk for direct boot, relative like file.';
comment on column image.command_line is 'Kernel command line for direct boot.';
comment on column image.min_memory_mib is 'Least memory a flavor must have.';
comment on column image.min_disk_gib is 'Least disk a flavor must have.';
comment on column image.status is 'ACTIVE once it can be used.';
comment on column image.created_at is 'Wall time of creation.';
comment on column image.updated_at is 'Last change of this row.';

create table image_property (
    image_id uuid not null references image (id) on delete cascade,
    key text not null,
    value text not null,
    primary key (image_id, key)
);
comment on table image_property is 'Further properties of an image, for example its recovery policy.';
comment on column image_property.image_id is 'The image.';
comment on column image_property.key is 'Name of the property.';
comment on column image_property.value is 'Its value.';

create table instance (
    id uuid primary key,
    name text not null,
    project text not null,
    user_name text not null,
    flavor_id text not null,
    vcpus int not null check (vcpus > 0),
    memory_mib int not null check (memory_mib > 0),
    disk_gib int not null check (disk_gib >= 0),
    image_id uuid,
    zone text,
    goal text not null check (goal in ('RUNNING', 'STOPPED', 'DELETED')),
    actual text not null check (actual in ('BUILDING', 'RUNNING', 'STOPPED', 'FAILED', 'UNKNOWN', 'DELETED')),
    task text,
    fault text,
    host text references host (id),
    generation bigint not null default 0 check (generation >= 0),
    epoch bigint not null default 0 check (epoch >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    launched_at timestamptz,
    deleted_at timestamptz,
    version bigint not null default 0
);
create index instance_by_host on instance (host);
create index instance_not_deleted_by_project on instance (project, created_at, id) where deleted_at is null;
comment on table instance is 'A virtual machine: what it should be, what it was last seen to be, and where it lives.';
comment on column instance.id is 'The same on every home it ever has.';
comment on column instance.name is 'Name for people; not unique.';
comment on column instance.project is 'Who owns it.';
comment on column instance.user_name is 'Who made it.';
comment on column instance.flavor_id is 'Which flavor it was made from; no reference, because the flavor may be deleted later.';
comment on column instance.vcpus is 'Copied from the flavor when it was made.';
comment on column instance.memory_mib is 'Copied from the flavor when it was made, MiB.';
comment on column instance.disk_gib is 'Copied from the flavor when it was made, GiB.';
comment on column instance.image_id is 'Image of its root disk; no reference, because the image may be deleted later.';
comment on column instance.zone is 'Availability zone asked for; null means any.';
comment on column instance.goal is 'What it should be.';
comment on column instance.actual is 'What it was last seen to be. UNKNOWN is not STOPPED.';
comment on column instance.task is 'What is being done to it now; null means nothing.';
comment on column instance.fault is 'Why it failed, for its owner.';
comment on column instance.host is 'Its home; null while it has none.';
comment on column instance.generation is 'Which home: rises with every new home, never goes back.';
comment on column instance.epoch is 'Epoch of the home when it was placed there.';
comment on column instance.created_at is 'Wall time of creation.';
comment on column instance.updated_at is 'Last change of this row.';
comment on column instance.launched_at is 'First seen running.';
comment on column instance.deleted_at is 'Deleted; the row stays as history.';
comment on column instance.version is 'Optimistic lock.';

create table instance_tag (
    instance_id uuid not null references instance (id) on delete cascade,
    tag text not null,
    primary key (instance_id, tag)
);
create index instance_tag_by_tag on instance_tag (tag);
comment on table instance_tag is 'Tags of an instance.';
comment on column instance_tag.instance_id is 'The instance.';
comment on column instance_tag.tag is 'The tag.';

create table instance_metadata (
    instance_id uuid not null references instance (id) on delete cascade,
    key text not null,
    value text not null,
    primary key (instance_id, key)
);
comment on table instance_metadata is 'Key-value pairs the owner put on an instance.';
comment on column instance_metadata.instance_id is 'The instance.';
comment on column instance_metadata.key is 'Name.';
comment on column instance_metadata.value is 'Value.';

create table recovery_case (
    id uuid primary key,
    segment text not null references segment (id),
    host text not null references host (id),
    epoch bigint not null check (epoch >= 0),
    phase text not null,
    leader_epoch bigint not null check (leader_epoch >= 0),
    version bigint not null default 0,
    document jsonb not null,
    opened_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    closed_at timestamptz
);
create unique index recovery_case_one_open_per_host on recovery_case (host) where closed_at is null;
create index recovery_case_open_by_segment on recovery_case (segment) where closed_at is null;
create index recovery_case_by_opened_at on recovery_case (opened_at desc, id);
comment on table recovery_case is 'One failure of one host, from condemnation to its end; can be resumed from this row alone.';
comment on column recovery_case.id is 'Identity of the case.';
comment on column recovery_case.segment is 'Whose leader works on it.';
comment on column recovery_case.host is 'The host that failed.';
comment on column recovery_case.epoch is 'The life of the host that is being recovered from.';
comment on column recovery_case.phase is 'Where the case stands; the same word as in the document.';
comment on column recovery_case.leader_epoch is 'Epoch of the leader that wrote last.';
comment on column recovery_case.version is 'Optimistic lock.';
comment on column recovery_case.document is 'Whole state of the case.';
comment on column recovery_case.opened_at is 'Wall time of condemnation.';
comment on column recovery_case.updated_at is 'Last change of this row.';
comment on column recovery_case.closed_at is 'End of the case; null while it is open.';

create table case_event (
    case_id uuid not null references recovery_case (id) on delete cascade,
    seq bigint not null,
    at timestamptz not null,
    kind text not null,
    subject text not null,
    text text not null,
    data jsonb not null default '{}',
    primary key (case_id, seq)
);
comment on table case_event is 'What happened in a case, in order; never changed.';
comment on column case_event.case_id is 'The case.';
comment on column case_event.seq is 'Position in the case, from 1.';
comment on column case_event.at is 'Wall time, for people.';
comment on column case_event.kind is 'Dotted lower-case words.';
comment on column case_event.subject is 'What it is about: host/h1, instance/UUID.';
comment on column case_event.text is 'One sentence for people.';
comment on column case_event.data is 'The same for programs.';

create table outbox (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    tx xid8 not null default pg_current_xact_id(),
    type text not null,
    subject text not null,
    project text,
    at timestamptz not null,
    data jsonb not null default '{}',
    dispatched_at timestamptz
);
create index outbox_undispatched on outbox (seq) where dispatched_at is null;
comment on table outbox is 'Facts, written in the transaction that made them true; delivered at least once, in order per subject.';
comment on column outbox.seq is 'Order of writing. Facts of one subject become visible in this order.';
comment on column outbox.id is 'Identity of the fact, however often and by whatever road it is told.';
comment on column outbox.tx is 'Transaction that wrote it: lets a reader with a cursor wait for older transactions instead of skipping them.';
comment on column outbox.type is 'Dotted lower-case words, for example host.suspected.';
comment on column outbox.subject is 'What it is about, and the key for order.';
comment on column outbox.project is 'Owner concerned; null means for operators only.';
comment on column outbox.at is 'Wall time, for people.';
comment on column outbox.data is 'Values of the fact.';
comment on column outbox.dispatched_at is 'When it was handed to the sinks; null means not yet.';

create table webhook (
    id uuid primary key,
    project text,
    url text not null,
    secret_cipher bytea not null,
    types text[] not null default '{}',
    created_at timestamptz not null default now(),
    created_by text not null,
    enabled boolean not null default true
);
create index webhook_by_project on webhook (project);
comment on table webhook is 'A subscription: where facts are sent to.';
comment on column webhook.id is 'Identity.';
comment on column webhook.project is 'Whose facts; null means operator, all facts.';
comment on column webhook.url is 'Where to.';
comment on column webhook.secret_cipher is 'Key for the signature, encrypted with the controller''s key.';
comment on column webhook.types is 'Types of fact wanted; empty means all.';
comment on column webhook.created_at is 'Wall time of creation.';
comment on column webhook.created_by is 'Who subscribed.';
comment on column webhook.enabled is 'Whether it is served.';

create table webhook_delivery (
    id bigint generated always as identity primary key,
    webhook_id uuid not null references webhook (id) on delete cascade,
    fact_seq bigint,
    fact_id uuid not null,
    subject text not null,
    state text not null default 'PENDING' check (state in ('PENDING', 'DELIVERED', 'DEAD')),
    attempts int not null default 0 check (attempts >= 0),
    next_attempt_at timestamptz not null default now(),
    last_error text,
    delivered_at timestamptz,
    unique (webhook_id, fact_id)
);
create index webhook_delivery_pending_in_order on webhook_delivery (webhook_id, subject, id) where state = 'PENDING';
create index webhook_delivery_due on webhook_delivery (next_attempt_at) where state = 'PENDING';
create index webhook_delivery_by_fact on webhook_delivery (fact_id);
comment on table webhook_delivery is 'One fact on its way to one webhook.';
comment on column webhook_delivery.id is 'Order of delivery within one webhook and subject.';
comment on column webhook_delivery.webhook_id is 'Where to.';
comment on column webhook_delivery.fact_seq is 'Position of the fact in the outbox; null when told from memory before it was written.';
comment on column webhook_delivery.fact_id is 'The fact.';
comment on column webhook_delivery.subject is 'Key for order.';
comment on column webhook_delivery.state is 'DEAD means given up, kept for people.';
comment on column webhook_delivery.attempts is 'Tries so far.';
comment on column webhook_delivery.next_attempt_at is 'Not before.';
comment on column webhook_delivery.last_error is 'Outcome of the last try.';
comment on column webhook_delivery.delivered_at is 'When the receiver took it.';

create table leader (
    segment text primary key references segment (id),
    epoch bigint not null check (epoch >= 0),
    holder text,
    since timestamptz not null default now()
);
comment on table leader is 'The leader of each segment; a write that carries an older epoch is refused here.';
comment on column leader.segment is 'The segment.';
comment on column leader.epoch is 'Epoch of the leader; never goes back.';
comment on column leader.holder is 'Which controller; null when only its epoch was seen.';
comment on column leader.since is 'When this epoch was first seen here.';

create table fence_journal (
    id bigint generated always as identity primary key,
    case_id uuid,
    host text not null,
    epoch bigint not null check (epoch >= 0),
    device text not null,
    act text not null,
    result text not null,
    evidence jsonb not null default '{}',
    at timestamptz not null,
    actor text not null
);
create index fence_journal_by_host on fence_journal (host, epoch, id);
create index fence_journal_by_case on fence_journal (case_id, id);
comment on table fence_journal is 'Every act of fencing and its outcome, written before and after; never changed.';
comment on column fence_journal.id is 'Order of writing.';
comment on column fence_journal.case_id is 'The case; null for a rehearsal or an act by hand.';
comment on column fence_journal.host is 'Host that was fenced; no reference, because the journal outlives hosts.';
comment on column fence_journal.epoch is 'Life of the host that was meant.';
comment on column fence_journal.device is 'Name of the fence device.';
comment on column fence_journal.act is 'What was done: off, read, ….';
comment on column fence_journal.result is 'What came of it: SENT, PROVEN, FAILED, UNKNOWN.';
comment on column fence_journal.evidence is 'What was read back, when, on which session.';
comment on column fence_journal.at is 'Wall time, for people.';
comment on column fence_journal.actor is 'Who did it.';

create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    channel text not null,
    act text not null,
    subject text not null,
    data jsonb not null default '{}'
);
create index audit_by_subject on audit (subject, id);
comment on table audit is 'Who asked for what.';
comment on column audit.id is 'Order of writing.';
comment on column audit.at is 'Wall time, for people.';
comment on column audit.actor is 'Who.';
comment on column audit.channel is 'api, cli or internal.';
comment on column audit.act is 'What was asked.';
comment on column audit.subject is 'About what.';
comment on column audit.data is 'Further values; never a secret.';

insert into segment (id, description) values ('default', 'The segment of hosts that name no other.');
