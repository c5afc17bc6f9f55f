alter table instance add column withdrawn_at timestamptz;
alter table instance add column called_at timestamptz;
comment on column instance.withdrawn_at is 'When it was taken from a home that lives; means nothing unless its task is withdrawn.';
comment on column instance.called_at is 'When a human was told that no host has room for it since it was withdrawn.';
