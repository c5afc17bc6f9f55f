-- What clients of the Compute API write about instances, and what operators set beside them.
alter table instance add column description text;
alter table instance add column hostname text;
alter table instance add column locked_by text check (locked_by in ('OWNER', 'ADMIN'));
alter table instance add column locked_reason text;
alter table instance add column key_name text;
alter table instance add column reservation text not null default '';
alter table instance add column launch_index int not null default 0;
comment on column instance.description is 'For people; null when nobody wrote one.';
comment on column instance.hostname is 'The name that its guest shall have; null means one made from the name.';
comment on column instance.locked_by is 'Who keeps its owner from acting on it; null when nobody does.';
comment on column instance.locked_reason is 'Why, in that one''s words.';
comment on column instance.key_name is 'Key pair that it was made with; no reference, because the pair may be deleted later.';
comment on column instance.reservation is 'The request that it was made by, which may have made several.';
comment on column instance.launch_index is 'Its place among those, from 0.';

create table instance_user_data (
    instance_id uuid primary key references instance (id) on delete cascade,
    data text not null
);
comment on table instance_user_data is 'What an owner wants its guest to read at the first start.';
comment on column instance_user_data.instance_id is 'The instance.';
comment on column instance_user_data.data is 'As it was given, in base 64.';

create table instance_action (
    id bigint generated always as identity primary key,
    instance_id uuid not null references instance (id) on delete cascade,
    request_id text not null,
    action text not null,
    user_name text,
    project text not null,
    host text,
    started_at timestamptz not null,
    finished_at timestamptz,
    failed boolean not null default false,
    message text
);
create index instance_action_by_instance on instance_action (instance_id, id desc);
comment on table instance_action is 'What was done to an instance, by whom, and what came of it; the newest of each instance.';
comment on column instance_action.id is 'Order in which they began.';
comment on column instance_action.instance_id is 'The instance.';
comment on column instance_action.request_id is 'The request that asked for it.';
comment on column instance_action.action is 'Nova''s word: create, start, stop, reboot, delete, evacuate, migrate, lock, unlock.';
comment on column instance_action.user_name is 'Who asked; null when Holdfast acted by itself.';
comment on column instance_action.project is 'On behalf of which project.';
comment on column instance_action.host is 'The instance''s home when it began.';
comment on column instance_action.started_at is 'Wall time of the beginning.';
comment on column instance_action.finished_at is 'Wall time of the end; null while it goes on.';
comment on column instance_action.failed is 'Whether it ended otherwise than it should.';
comment on column instance_action.message is 'What went wrong.';

create table key_pair (
    user_name text not null,
    name text not null,
    type text not null,
    public_key text not null,
    fingerprint text not null,
    created_at timestamptz not null,
    primary key (user_name, name)
);
comment on table key_pair is 'Public keys of users, which instances are made with.';
comment on column key_pair.user_name is 'Whose it is.';
comment on column key_pair.name is 'Its name among this user''s.';
comment on column key_pair.type is 'ssh or x509.';
comment on column key_pair.public_key is 'As it was given.';
comment on column key_pair.fingerprint is 'Of the key, as ssh-keygen -E md5 -l shows it.';
comment on column key_pair.created_at is 'Wall time of creation.';

create table aggregate (
    id int generated always as identity primary key,
    uuid uuid not null unique,
    name text not null unique,
    created_at timestamptz not null,
    updated_at timestamptz
);
comment on table aggregate is 'Hosts that an operator put together; with the metadata availability_zone they are a zone.';
comment on column aggregate.id is 'Number, as clients name it.';
comment on column aggregate.uuid is 'The same, as it is named from 2.41 on.';
comment on column aggregate.name is 'Name for people.';
comment on column aggregate.created_at is 'Wall time of creation.';
comment on column aggregate.updated_at is 'Last change; null before the first.';

create table aggregate_host (
    aggregate_id int not null references aggregate (id) on delete cascade,
    host text not null references host (id),
    added_at timestamptz not null,
    primary key (aggregate_id, host)
);
create index aggregate_host_by_host on aggregate_host (host);
comment on table aggregate_host is 'Which hosts are in an aggregate.';
comment on column aggregate_host.aggregate_id is 'The aggregate.';
comment on column aggregate_host.host is 'The host.';
comment on column aggregate_host.added_at is 'Wall time at which it was added.';

create table aggregate_metadata (
    aggregate_id int not null references aggregate (id) on delete cascade,
    key text not null,
    value text not null,
    primary key (aggregate_id, key)
);
comment on table aggregate_metadata is 'Properties of an aggregate.';
comment on column aggregate_metadata.aggregate_id is 'The aggregate.';
comment on column aggregate_metadata.key is 'Name.';
comment on column aggregate_metadata.value is 'Value.';

alter table host add column aggregate_zone text;
comment on column host.aggregate_zone is 'The zone of the aggregate that it is in, which counts before its own; written with the aggregate.';

create table quota_limit (
    project text not null,
    resource text not null,
    hard_limit int not null check (hard_limit >= -1),
    primary key (project, resource)
);
comment on table quota_limit is 'Limits that an operator set.';
comment on column quota_limit.project is 'Whose; empty for the default of all projects.';
comment on column quota_limit.resource is 'Nova''s word: instances, cores, ram, key_pairs, server_groups, server_group_members, metadata_items.';
comment on column quota_limit.hard_limit is 'How many at most; -1 for no limit.';

alter table flavor add column description text;
comment on column flavor.description is 'For people; null when nobody wrote one.';

create table flavor_access (
    flavor_id text not null references flavor (id) on delete cascade,
    project text not null,
    primary key (flavor_id, project)
);
comment on table flavor_access is 'Which projects may use a flavor that is not public.';
comment on column flavor_access.flavor_id is 'The flavor.';
comment on column flavor_access.project is 'The project.';
