alter table instance add column config_drive boolean not null default false;
alter table instance add column config_drive_disk integer;
comment on column instance.config_drive is 'Whether its guest finds a drive with its metadata, key and user data.';
comment on column instance.config_drive_disk is 'The disk (disk_number) whose drive was written last; null while none was.';

create table instance_key (
    instance_id uuid primary key references instance (id) on delete cascade,
    name text not null,
    type text not null,
    public_key text not null
);
comment on table instance_key is 'The public key that an instance was made with, as it was then: the pair may be deleted, its guest still needs it.';
comment on column instance_key.instance_id is 'The instance.';
comment on column instance_key.name is 'The name of the pair.';
comment on column instance_key.type is 'ssh or x509.';
comment on column instance_key.public_key is 'As its owner has given it.';
