-- Images that are described before their content is there, and belong to somebody.
alter table image alter column file drop not null;
alter table image alter column format drop not null;
alter table image add column container_format text;
alter table image add column owner text;
alter table image add column visibility text not null default 'PUBLIC';
alter table image add column protected boolean not null default false;
alter table image add column hidden boolean not null default false;
alter table image add column virtual_bytes bigint check (virtual_bytes >= 0);
alter table image add column md5 text;
alter table image add column sha512 text;
alter table image add column uploaded boolean not null default false;
alter table image add column upload uuid;
alter table image add column upload_at timestamptz;
alter table image add constraint image_has_content check (status = 'QUEUED' or (file is not null and format is not null));
create index image_by_owner on image (owner);
comment on column image.file is 'Path relative to the images directory on the shared storage; null before there is content.';
comment on column image.format is 'qcow2 or raw; null while it is not known.';
comment on column image.status is 'QUEUED before there is content, ACTIVE once it can be used, DEACTIVATED while it must not be.';
comment on column image.container_format is 'What the disk is wrapped in; bare, or null while it is not known.';
comment on column image.owner is 'Project it belongs to; null for one that an operator registered.';
comment on column image.visibility is 'PUBLIC, COMMUNITY or PRIVATE.';
comment on column image.protected is 'Whether it must not be deleted.';
comment on column image.hidden is 'Whether lists leave it out unless they are asked for hidden ones.';
comment on column image.virtual_bytes is 'Size of the disk that a guest sees; null while it is not known.';
comment on column image.md5 is 'MD5 of the content, in hex; null for a file that was registered.';
comment on column image.sha512 is 'SHA-512 of the content, in hex; null for a file that was registered.';
comment on column image.uploaded is 'Whether the file was written by us, and goes with the image.';
comment on column image.upload is 'The upload under way; null when there is none.';
comment on column image.upload_at is 'When that upload was last seen alive.';

create table image_tag (
    image_id uuid not null references image (id) on delete cascade,
    tag text not null,
    primary key (image_id, tag)
);
comment on table image_tag is 'Tags of an image.';
comment on column image_tag.image_id is 'The image.';
comment on column image_tag.tag is 'The tag.';
