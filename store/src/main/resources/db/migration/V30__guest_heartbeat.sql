-- Of instances that run when this is applied nothing is known until their homes report again, which a new watch makes them do.
alter table instance add column came_up boolean not null default false;
comment on column instance.came_up is 'Whether its guest has said that it is healthy since it was started, by the last report of its home; means nothing unless actual is RUNNING.';
