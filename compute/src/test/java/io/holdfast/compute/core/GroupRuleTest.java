package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupRuleTest {

    @ParameterizedTest
    @CsvSource({
        "AFFINITY, 1, 0, 0, ",
        "AFFINITY, 1, 2, 0, ",
        "AFFINITY, 1, 1, 1, ",
        "AFFINITY, 1, 0, 1, group web (affinity) lives on h2",
        "ANTI_AFFINITY, 1, 0, 5, ",
        "ANTI_AFFINITY, 1, 1, 0, group web (anti-affinity) has 1 of at most 1 on h1",
        "ANTI_AFFINITY, 2, 1, 0, ",
        "ANTI_AFFINITY, 2, 2, 0, group web (anti-affinity) has 2 of at most 2 on h1",
        "SOFT_AFFINITY, 1, 0, 5, ",
        "SOFT_ANTI_AFFINITY, 1, 5, 0, "
    })
    void theRuleInATable(GroupPolicy policy, int max, int here, int there, @Nullable String refusal) {
        Map<HostId, Integer> others = new java.util.HashMap<>();
        if (here > 0) {
            others.put(HostId.of("h1"), here);
        }
        if (there > 0) {
            others.put(HostId.of("h2"), there);
        }
        assertThat(GroupRule.refusal(policy, max, "web", HostId.of("h1"), others))
                .isEqualTo(Optional.ofNullable(refusal));
    }

    @Test
    void aStartAtHomeIsRefusedForThoseThatMayRunElsewhereAlone() {
        HostId h1 = HostId.of("h1");
        GroupRule.Member runs = new GroupRule.Member("b", HostId.of("h2"), true);
        GroupRule.Member stands = new GroupRule.Member("c", HostId.of("h2"), false);
        GroupRule.Member here = new GroupRule.Member("d", h1, true);
        assertThat(GroupRule.againstStart(GroupPolicy.AFFINITY, 1, "web", h1, List.of(runs, stands)))
                .contains("group web (affinity) lives on h2 (b)");
        assertThat(GroupRule.againstStart(GroupPolicy.AFFINITY, 1, "web", h1, List.of(stands)))
                .isEmpty();
        assertThat(GroupRule.againstStart(GroupPolicy.SOFT_AFFINITY, 1, "web", h1, List.of(runs)))
                .isEmpty();
        assertThat(GroupRule.againstStart(GroupPolicy.ANTI_AFFINITY, 1, "web", h1, List.of(here)))
                .contains("group web (anti-affinity) has 1 of at most 1 on h1 (d)");
        assertThat(GroupRule.againstStart(GroupPolicy.ANTI_AFFINITY, 1, "web", h1, List.of(runs)))
                .isEmpty();
    }

    @Test
    void elsewhereIsWhereAnyoneLivesWhoDoesNotLiveHere() {
        HostId h1 = HostId.of("h1");
        GroupRule.Member here = new GroupRule.Member("d", h1, true);
        List<GroupRule.Member> many = List.of(
                here,
                new GroupRule.Member("a", HostId.of("h3"), false),
                new GroupRule.Member("b", HostId.of("h2"), true),
                new GroupRule.Member("c", HostId.of("h2"), true),
                new GroupRule.Member("e", HostId.of("h2"), true));
        assertThat(GroupRule.elsewhere(GroupPolicy.AFFINITY, "web", h1, many))
                .contains("group web (affinity) lives on h2, h3 (a, b, c and 1 more)");
        assertThat(GroupRule.elsewhere(GroupPolicy.AFFINITY, "web", h1, List.of(here)))
                .isEmpty();
        for (GroupPolicy other : GroupPolicy.values()) {
            if (other != GroupPolicy.AFFINITY) {
                assertThat(GroupRule.elsewhere(other, "web", h1, many)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "RUNNING, STOPPED, true",
        "RUNNING, FAILED, true",
        "STOPPED, UNKNOWN, true",
        "STOPPED, RUNNING, true",
        "STOPPED, FAILED, true",
        "DELETED, RUNNING, true",
        "STOPPED, STOPPED, false",
        "DELETED, STOPPED, false",
        "DELETED, DELETED, false"
    })
    void whatIsNotKnownToStandMayRun(InstanceGoal goal, ActualState actual, boolean may) {
        assertThat(GroupRule.mayRun(goal, actual)).isEqualTo(may);
    }

    @Test
    void aLimitIsForThoseAloneThatWantToBeApartStrictly() {
        assertThat(GroupRule.maxPerHost(GroupPolicy.AFFINITY, null)).isEqualTo(1);
        assertThat(GroupRule.maxPerHost(GroupPolicy.ANTI_AFFINITY, 3)).isEqualTo(3);
        assertThatThrownBy(() -> GroupRule.maxPerHost(GroupPolicy.SOFT_ANTI_AFFINITY, 3))
                .hasMessage("Only anti-affinity policy supports rules; the policy is soft-anti-affinity.");
        assertThatThrownBy(() -> GroupRule.maxPerHost(GroupPolicy.ANTI_AFFINITY, 0))
                .hasMessage("max_server_per_host must be from 1 to 10000, is 0.");
    }
}
