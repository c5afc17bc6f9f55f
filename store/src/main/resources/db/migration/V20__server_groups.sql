create table server_group (
    id uuid primary key,
    name text not null,
    project text not null,
    user_name text not null,
    policy text not null check (policy in ('AFFINITY', 'ANTI_AFFINITY', 'SOFT_AFFINITY', 'SOFT_ANTI_AFFINITY')),
    max_per_host int not null default 1 check (max_per_host > 0),
    created_at timestamptz not null default now(),
    deleted_at timestamptz
);
create index server_group_not_deleted_by_project on server_group (project, created_at, id) where deleted_at is null;
comment on table server_group is 'Instances that want to live together or apart.';
comment on column server_group.id is 'Identity.';
comment on column server_group.name is 'Name for people; not unique.';
comment on column server_group.project is 'Who owns it.';
comment on column server_group.user_name is 'Who made it.';
comment on column server_group.policy is 'What its members want.';
comment on column server_group.max_per_host is 'Members that one host may have, where they want to be apart strictly.';
comment on column server_group.created_at is 'Wall time of creation.';
comment on column server_group.deleted_at is 'Deleted: binds nobody any more; the row stays as history, and so no claim has to wait for its deletion.';

alter table instance add column server_group uuid references server_group (id);
create index instance_by_server_group on instance (server_group) where server_group is not null and deleted_at is null;
comment on column instance.server_group is 'The group that it was made in; never changed.';
