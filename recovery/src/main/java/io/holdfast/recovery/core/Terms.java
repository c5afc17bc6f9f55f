package io.holdfast.recovery.core;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.RecoveryTerms;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.recovery.InstanceSettings;
import io.holdfast.recovery.RecoverySettings;
import org.jspecify.annotations.Nullable;

/**
 * How one instance is recovered, as it was when the case took it up: its owner's words, and the deployment's where its
 * owner says nothing. What an owner writes while the case is open counts for the next failure.
 *
 * @param priority the higher the earlier; at least that of everybody who waits for it
 * @param leaveStopped only its home moves; nobody starts it there
 * @param restartLimit further tries on a home that could not start it
 * @param relocateLimit homes tried in vain before a human is told
 * @param together the server group whose members must share a host, strictly, that it is in; null when there is none
 */
public record Terms(
        int priority,
        boolean leaveStopped,
        int restartLimit,
        int relocateLimit,
        @Nullable String together) {

    /** Of an instance in a document that was written before there were terms. */
    static final Terms OF_OLD = new Terms(InstanceSettings.defaults().defaultPriority(), false, 0, 3, null);

    static Terms of(Instance instance, @Nullable String together, RecoverySettings settings) {
        RecoveryTerms said = TermsRule.read(instance.metadata());
        InstanceSettings otherwise = settings.instances();
        return new Terms(
                said.priority() == null ? otherwise.defaultPriority() : said.priority(),
                said.onHostFailure() == InstanceGoal.STOPPED,
                said.restartLimit() == null ? otherwise.restartLimit() : said.restartLimit(),
                said.relocateLimit() == null ? settings.startAttempts() : said.relocateLimit(),
                together);
    }

    Terms atLeast(int other) {
        return other <= priority ? this : new Terms(other, leaveStopped, restartLimit, relocateLimit, together);
    }

    Terms stopped() {
        return new Terms(priority, true, restartLimit, relocateLimit, together);
    }

    Terms started() {
        return new Terms(priority, false, restartLimit, relocateLimit, together);
    }
}
