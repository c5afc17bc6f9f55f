package io.holdfast.recovery;

import java.time.Duration;

/** Settings with other times for whoever waits for room. */
public final class Replanned {

    private Replanned() {}

    /**
     * @param interval the longest time between two plans
     * @param deadline after which a human is called for an instance
     */
    public static RecoverySettings every(Duration interval, Duration deadline, RecoverySettings s) {
        return new RecoverySettings(
                s.fenceAttempts(),
                s.fenceDeadline(),
                s.fenceBackoff(),
                s.operatorRetry(),
                s.maxFencesInFlight(),
                s.condemnShare(),
                s.holdRecheck(),
                s.holdEscalation(),
                s.startAttempts(),
                s.startTimeout(),
                s.retryBackoff(),
                interval,
                deadline,
                s.maxStartsPerDestination(),
                s.maxStartsTotal(),
                s.callDeadline(),
                s.callBackoff(),
                s.scanInterval(),
                s.guards(),
                s.proofs(),
                s.unfence(),
                s.instances());
    }
}
