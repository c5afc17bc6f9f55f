package io.holdfast.scheduler.capacity;

/**
 * What is known of one failure.
 *
 * @param moving how many protected instances would need a home
 * @param left how many of them the planner would give none; 0 when it is survivable
 */
public record Answer(Failure failure, Ground ground, int moving, int left) {

    public Verdict verdict() {
        return ground.verdict();
    }
}
