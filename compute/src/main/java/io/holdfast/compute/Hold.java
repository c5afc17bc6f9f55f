package io.holdfast.compute;

/**
 * What an owner may ask for who wants an instance to stand still for a while, or to go on.
 *
 * <p>Who is PAUSED is there and holds its room; its memory is in its home, and ends with it. Who is SUSPENDED holds its room
 * too, and its memory lies on the shared storage: it may go on at another home when this one has failed.
 */
public enum Hold {
    PAUSE("pause", "pausing", InstanceGoal.PAUSED),
    UNPAUSE("unpause", "unpausing", InstanceGoal.RUNNING),
    SUSPEND("suspend", "suspending", InstanceGoal.SUSPENDED),
    RESUME("resume", "resuming", InstanceGoal.RUNNING);

    private final String word;
    private final String task;
    private final InstanceGoal goal;

    Hold(String word, String task, InstanceGoal goal) {
        this.word = word;
        this.task = task;
        this.goal = goal;
    }

    /** Nova's word for it, which is also that of the action. */
    public String word() {
        return word;
    }

    /** Nova's word for an instance that is on its way. */
    public String task() {
        return task;
    }

    public InstanceGoal goal() {
        return goal;
    }
}
