-- An owner's hint: where another machine of the same project is. Who that is, is found out for each home anew.
alter table instance add column same_project boolean not null default false;
comment on column instance.same_project is 'It must be where an older instance of its project is, if any is anywhere; never changed.';
