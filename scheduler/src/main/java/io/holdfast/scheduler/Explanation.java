package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why an instance would go where it would go: the placement, and of every host what each filter and each weigher says.
 *
 * @param hosts by name, each of the snapshot
 * @param policy the policy that its flavor names and the settings have; null when hosts alone say how they are weighed
 */
public record Explanation(
        Placement placement, List<OfHost> hosts, @Nullable String policy) {

    public Explanation {
        hosts = List.copyOf(hosts);
    }

    /**
     * @param filters what each has to say, in the order in which they are asked
     * @param points what each weigher gives, also to a host that a filter refuses: whoever removes the obstacle sees what
     *     comes of it
     */
    public record OfHost(HostId host, List<Word> filters, Map<String, Double> points) {

        public OfHost {
            filters = List.copyOf(filters);
        }

        /** Whether no filter has anything against it. */
        public boolean isEligible() {
            return filters.stream().allMatch(word -> word.objection() == null);
        }

        /** The host with the most of all that are eligible is chosen; the first name among equals. */
        public double total() {
            double total = 0;
            for (double each : points.values()) {
                total += each;
            }
            return total;
        }
    }

    /** @param objection null when the filter has nothing against the host */
    public record Word(String filter, @Nullable String objection) {}
}
