package io.holdfast.compute;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an instance's owner says about how it is recovered, beyond the policy that says whether. Written as metadata, see
 * {@link io.holdfast.compute.core.TermsRule}.
 *
 * @param priority 0 to 1000, the higher the earlier; null when the owner says nothing
 * @param dependsOn ids or names of instances of the same project that have to be ready before this one is started
 * @param readiness when this instance counts as ready for those that depend on it
 * @param onHostFailure what becomes of it at its new home: RUNNING, or STOPPED when only its home shall move
 * @param restartLimit further tries on a home that could not start it, 0 to 10, before another home is sought; null when
 *     the owner says nothing
 * @param relocateLimit homes that are tried before a human is called, 1 to 20; null when the owner says nothing
 * @param failback whether it goes back to the home that it lost when that has been well for a while; false when the owner
 *     says nothing
 * @param say whether its consumer is asked before anything is done about it; null when the owner says nothing
 */
public record RecoveryTerms(
        @Nullable Integer priority,
        List<String> dependsOn,
        Readiness readiness,
        InstanceGoal onHostFailure,
        @Nullable Integer restartLimit,
        @Nullable Integer relocateLimit,
        boolean failback,
        @Nullable SayTerms say) {

    /** Of an instance whose owner says nothing. */
    public static final RecoveryTerms NONE =
            new RecoveryTerms(null, List.of(), new Readiness.Running(), InstanceGoal.RUNNING, null, null, false, null);

    public RecoveryTerms {
        dependsOn = List.copyOf(dependsOn);
    }

    /** When an instance is ready for those that depend on it. */
    public sealed interface Readiness {

        /** How long it has to be seen running without a break. */
        default Duration settle() {
            return switch (this) {
                case Running r -> Duration.ZERO;
                case Heartbeat r -> Duration.ZERO;
                case After r -> r.time();
            };
        }

        /** Whether running is not enough, and its guest has to have said that it is healthy. */
        default boolean needsHeartbeat() {
            return switch (this) {
                case Running r -> false;
                case Heartbeat r -> true;
                case After r -> false;
            };
        }

        /** As soon as its home reports it running. */
        record Running() implements Readiness {}

        /** When the guest itself has said, since it was started, that it is healthy ({@code docs/guest-heartbeat.md}). */
        record Heartbeat() implements Readiness {}

        /** When it has been running for so long. */
        record After(Duration time) implements Readiness {}
    }
}
