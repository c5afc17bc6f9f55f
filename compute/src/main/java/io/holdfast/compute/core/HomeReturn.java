package io.holdfast.compute.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Withdrawals;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.RecoveryPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of an instance whose home was proven isolated and comes back, when the rest of its strict affinity group
 * lives on another host by now.
 *
 * <p>Intuition: to go on at home would split the group, and no rule of the planner could mend that afterwards. So it does
 * not get its home back. It runs nowhere (its home was proven isolated, and is told what it owns before it starts anything),
 * and its next home is chosen like any other: with its group. Whom recovery may move follows at once; whom it may not is
 * left without a home, with the reason, until its owner starts it; who was stopped stays stopped. What its owner wants, its
 * goal, is not touched, but for those whose owner said that a failed host is to leave them stopped.
 *
 * @param reason for the owner: where the group lives, and what to do
 */
public record HomeReturn(
        InstanceGoal goal,
        ActualState actual,
        @Nullable String task,
        @Nullable String fault,
        String reason) {

    /**
     * For the owner. Its id is made of what it is about, so that it is recognised when it is told twice.
     *
     * @param now the instance as it is by now, without a home
     */
    public Fact notice(Instance now, HostId home, Instant at) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("host", home.value());
        data.put("instanceId", now.id().toString());
        data.put("name", now.name());
        data.put("policy", now.policy().name());
        data.put("reason", reason);
        String what = "parted " + now.id() + " " + now.generation();
        return new Fact(
                UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8)),
                "instance.parted",
                "instance/" + now.id(),
                now.project(),
                at,
                data);
    }

    /**
     * @param leaveStopped its owner said that it is left stopped when its host fails
     * @param group where its group lives, from {@link GroupRule#elsewhere}
     */
    public static HomeReturn parted(
            InstanceGoal goal, RecoveryPolicy policy, boolean leaveStopped, HostId home, String group) {
        String why = "its home " + home + " is back, and " + group + ": it does not go on apart from it. ";
        if (goal != InstanceGoal.RUNNING || leaveStopped) {
            return new HomeReturn(
                    InstanceGoal.STOPPED,
                    ActualState.STOPPED,
                    null,
                    null,
                    why + "It is stopped, and gets a home with its group when it is started");
        }
        if (policy == RecoveryPolicy.AUTOMATIC) {
            return new HomeReturn(
                    goal,
                    ActualState.STOPPED,
                    Withdrawals.WITHDRAWN,
                    null,
                    why + "It follows as soon as there is room for it");
        }
        String reason = why + "Its policy " + policy.name().toLowerCase(Locale.ROOT)
                + " keeps it from being moved: start it, and it gets a home with its group; to have it back on " + home
                + ", delete the others first";
        return new HomeReturn(goal, ActualState.FAILED, null, reason, reason);
    }
}
