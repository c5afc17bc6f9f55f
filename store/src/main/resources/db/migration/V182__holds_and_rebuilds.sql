-- Instances that stand still for a while, and disks that are made anew.
alter table instance drop constraint instance_goal_check;
alter table instance add constraint instance_goal_check
    check (goal in ('RUNNING', 'STOPPED', 'PAUSED', 'SUSPENDED', 'DELETED'));
alter table instance drop constraint instance_actual_check;
alter table instance add constraint instance_actual_check
    check (actual in ('BUILDING', 'RUNNING', 'STOPPED', 'PAUSED', 'SUSPENDED', 'FAILED', 'UNKNOWN', 'DELETED'));
alter table instance add column disk_number int not null default 0 check (disk_number >= 0);
comment on column instance.disk_number is 'Which disk it has: 0 for the one that it was made with, one more with each rebuild.';
comment on column instance_action.action is 'Nova''s word: create, start, stop, reboot, pause, unpause, suspend, resume, rebuild, delete, evacuate, migrate, lock, unlock.';
