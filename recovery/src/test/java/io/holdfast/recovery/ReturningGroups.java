package io.holdfast.recovery;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.compute.core.HomeReturn;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whom the test's store takes off a host that comes back, by the product's own rules. */
final class ReturningGroups {

    private ReturningGroups() {}

    static Map<InstanceId, HomeReturn> parted(
            List<ServerGroup> groups, Map<InstanceId, Instance> instances, HostId home) {
        Map<InstanceId, HomeReturn> off = new LinkedHashMap<>();
        for (ServerGroup group : groups) {
            List<GroupRule.Member> others = group.homes().entrySet().stream()
                    .map(entry ->
                            new GroupRule.Member(instances.get(entry.getKey()).name(), entry.getValue(), true))
                    .toList();
            String where = GroupRule.elsewhere(group.policy(), group.name(), home, others)
                    .orElse(null);
            for (InstanceId member : group.members()) {
                Instance i = instances.get(member);
                if (where != null && home.equals(i.home()) && i.goal() != InstanceGoal.DELETED) {
                    boolean stays = TermsRule.read(i.metadata()).onHostFailure() == InstanceGoal.STOPPED;
                    off.put(member, HomeReturn.parted(i.goal(), i.policy(), stays, home, where));
                }
            }
        }
        return off;
    }
}
