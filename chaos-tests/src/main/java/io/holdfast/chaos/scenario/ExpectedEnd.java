package io.holdfast.chaos.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a scenario has to end: {@code expected-end.yaml}. Written by hand and never recorded: it is what the author
 * believes, and the story is compared with it.
 *
 * @param fenced the hosts that were proven isolated, each as often as it was; default none
 * @param tried hosts that were ordered off without a proof coming of it; default none. A host that is in neither list must
 *     never have been ordered off
 * @param cases by host, the state of its newest case, or several with {@code |} between them; a host that is not named must have no case. Default none
 * @param humans hosts and instances for which a human was called; default none, and nobody else may have been called
 * @param order lists of facts, each of which must have come true, one after the other; default none
 * @param instances by name, where each one is; every instance of the start has to be here
 */
public record ExpectedEnd(
        List<String> fenced,
        List<String> tried,
        Map<String, String> cases,
        List<String> humans,
        List<List<String>> order,
        Map<String, Ending> instances) {

    public static ExpectedEnd defaults() {
        return new ExpectedEnd(List.of(), List.of(), Map.of(), List.of(), List.of(), Map.of());
    }

    /**
     * How one instance ended.
     *
     * @param state what is true of it at the end; there is no default
     * @param on hosts it may be on at the end; must be there for {@code running} and only for that
     * @param never hosts on which it must not have run at any moment; default none
     * @param move the last word of the newest case about it, as in {@code RUNNING} or {@code NOTIFIED}; default: not
     *     looked at
     * @param starts how often its guest was started anywhere after the beginning; default: not looked at
     * @param by it must be in this state, for good, by this time; default: by the end
     */
    public record Ending(
            @Nullable State state,
            List<String> on,
            List<String> never,
            @Nullable String move,
            @Nullable Integer starts,
            @Nullable Duration by) {

        public static Ending defaults() {
            return new Ending(null, List.of(), List.of(), null, null, null);
        }
    }

    /** What is true of an instance. */
    public enum State {
        /** Its guest runs, on exactly one host. */
        RUNNING,
        /** Its owner wants it stopped, and its guest runs nowhere. */
        STOPPED,
        /** Its owner wants it running, and its guest runs nowhere. */
        DOWN,
        /** Its owner deleted it, and its guest runs nowhere. */
        DELETED
    }
}
