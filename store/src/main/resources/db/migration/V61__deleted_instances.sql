-- Lists of deleted instances look back for a while only.
create index instance_by_deletion on instance (deleted_at) where deleted_at is not null;
