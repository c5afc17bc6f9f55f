package io.holdfast.recovery;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.Guards;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What would be done if some hosts failed now, all together. Made by the same guards, rules and planner that would do it,
 * from the state of this moment; nothing was touched.
 */
public record WhatIf(List<HostPlan> hosts) {

    public WhatIf {
        hosts = List.copyOf(hosts);
    }

    /**
     * @param decision {@code condemned}, {@code held} or {@code ignored}
     * @param reason why, beginning with the guard's name when it would not be condemned
     * @param guards what each guard says
     * @param fencing how it would be isolated, one line for each rung of the ladder in its order: the levels of fencing that
     *     are configured for it, and at last a human
     * @param plannedAt when the plan that is kept for its failure was looked at last; null when none is kept for this
     * @param instances what would become of each of its instances once it is proven isolated
     */
    public record HostPlan(
            HostId host,
            String decision,
            String reason,
            List<Guards.Line> guards,
            List<String> fencing,
            @Nullable Instant plannedAt,
            List<InstancePlan> instances) {

        public HostPlan {
            guards = List.copyOf(guards);
            fencing = List.copyOf(fencing);
            instances = List.copyOf(instances);
        }
    }

    /**
     * @param policySource where the policy comes from, for example {@code tag}
     * @param state the state of the instance in the case that would be opened, for example {@code PLACED}, {@code WAITING},
     *     {@code NOTIFIED}, {@code LEFT}
     * @param to its new home, or null when it would get none
     * @param reason why it gets none, host by host, or why it would not be moved
     */
    public record InstancePlan(
            InstanceId instance,
            String name,
            String policy,
            String policySource,
            String state,
            @Nullable HostId to,
            String reason) {}
}
