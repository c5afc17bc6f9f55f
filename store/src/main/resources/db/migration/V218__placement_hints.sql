-- What owners ask for about where their instances run, kept so that every new home honours it.
alter table instance add column spread text not null default '';
alter table instance add column same_host uuid[] not null default '{}';
alter table instance add column different_host uuid[] not null default '{}';
create index instance_kept_apart on instance (id) where different_host <> '{}' and deleted_at is null;
comment on column instance.spread is 'Kinds of failure domain that no two members of its server group may share: pdu,rack; never changed.';
comment on column instance.same_host is 'Instances of which one must be where it is; never changed.';
comment on column instance.different_host is 'Instances that must not be where it is, nor it where they are; never changed.';
