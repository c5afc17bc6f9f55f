package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.AdmissionMode;
import io.holdfast.recovery.AdmissionSettings;
import io.holdfast.recovery.Capacity;
import io.holdfast.recovery.OperatorVerbs;
import io.holdfast.store.StoreUnavailable;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What Prometheus collects. */
class MetricsTest extends ApiFixture {

    private volatile boolean storeAway;

    @Override
    Capacity capacity() {
        return new Capacity() {
            @Override
            public Report look() {
                if (storeAway) {
                    throw new StoreUnavailable("the database does not answer", false, null);
                }
                return FakeCapacity.report();
            }

            @Override
            public AdmissionSettings.Policy policy(SegmentId segment) {
                return new AdmissionSettings.Policy(AdmissionMode.ENFORCE, 2);
            }
        };
    }

    @Test
    void eachSegmentHasItsGaugesInPrometheusForm() throws Exception {
        HttpResponse<String> answer = get("/metrics", ADMIN);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(answer.body().lines())
                .contains(
                        "# TYPE holdfast_segment_tolerated_host_failures gauge",
                        "holdfast_segment_tolerated_host_failures{segment=\"default\"} 1",
                        "holdfast_segment_promised_host_failures{segment=\"default\"} 2",
                        "holdfast_segment_protected_instances{segment=\"default\"} 2",
                        "holdfast_segment_waiting_instances{segment=\"default\"} 0",
                        "# TYPE holdfast_capacity_survey_age_seconds gauge")
                .allMatch(line -> line.matches(
                        "# (HELP|TYPE) [a-z_]+ .+" + "|[a-z_]+(\\{segment=\"[^\"]*\"\\})? [0-9]+(\\.[0-9]{3})?"));
        assertThat(answer.body()).endsWith("\n");
    }

    @Test
    void eachSegmentTellsHowManyOfItsHostsNobodyCouldFence() throws Exception {
        assertThat(get("/metrics", ADMIN).body().lines())
                .contains(
                        "# TYPE holdfast_segment_hosts_without_fence gauge",
                        "holdfast_segment_hosts_without_fence{segment=\"default\"} 0");

        rehearsed("h1", FenceReadiness.State.UNREADY);
        rehearsed("h2", FenceReadiness.State.DOUBTED);
        rehearsed("gone", FenceReadiness.State.UNREADY);
        assertThat(get("/metrics", ADMIN).body().lines())
                .as("a host that is only doubted has a second look first, and one that left has nothing to fence")
                .contains("holdfast_segment_hosts_without_fence{segment=\"default\"} 1");

        rehearsed("h2", FenceReadiness.State.UNREADY);
        assertThat(get("/metrics", ADMIN).body()).contains("_without_fence{segment=\"default\"} 2\n");

        rehearsed("h1", FenceReadiness.State.READY);
        rehearsed("h2", FenceReadiness.State.READY);
        assertThat(get("/metrics", ADMIN).body()).contains("_without_fence{segment=\"default\"} 0\n");
    }

    @Test
    void tellsHowOldTheOldestPlanIsAndNothingOfPlansThatAreNot() throws Exception {
        cloud.kept = new OperatorVerbs.Kept(3, FakeCloud.THEN, 2);
        assertThat(get("/metrics", ADMIN).body().lines())
                .contains(
                        "holdfast_kept_plans 3",
                        "# TYPE holdfast_kept_plan_age_seconds gauge",
                        "# TYPE holdfast_kept_plans_taken_total counter",
                        "holdfast_kept_plans_taken_total 2")
                .anyMatch(line -> line.matches("holdfast_kept_plan_age_seconds [1-9][0-9]*\\.[0-9]{3}"));
        cloud.kept = new OperatorVerbs.Kept(0, null, 2);
        assertThat(get("/metrics", ADMIN).body())
                .contains("holdfast_kept_plans 0\n", "holdfast_kept_plans_taken_total 2\n")
                .doesNotContain("holdfast_kept_plan_age_seconds");
    }

    private void rehearsed(String name, FenceReadiness.State state) {
        HostId host = HostId.of(name);
        rehearsal.known.put(
                host, new FenceReadiness(host, state, FakeCloud.THEN, new FenceCheck(FakeCloud.THEN, List.of())));
    }

    @Test
    void whatNobodyCanFindOutIsAFaultAndNoOldFigure() throws Exception {
        get("/metrics", ADMIN);
        storeAway = true;
        HttpResponse<String> answer = get("/metrics", ADMIN);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).doesNotContain("holdfast_segment");
        storeAway = false;
        assertThat(get("/metrics", ADMIN).statusCode()).isEqualTo(200);

        rehearsal.storeAway = true;
        assertThat(get("/metrics", ADMIN).statusCode()).isEqualTo(503);
        assertThat(get("/metrics", ADMIN).body()).doesNotContain("holdfast_segment");
    }

    @Test
    void onlyAdministratorsAreTold() throws Exception {
        assertFault(get("/metrics", BLUE), 403, "forbidden");
        assertThat(get("/metrics", null).statusCode()).isEqualTo(401);
    }
}
