package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.lab.Requirements.Missing;
import io.holdfast.model.HostId;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabPlanTest {

    @Test
    void theNthHostGetsTheNthAddressInBothNetworks() {
        assertThat(LabPlan.bare(3).hostPlans().getLast())
                .isEqualTo(new HostPlan(
                        HostId.of("h3"), 3, "198.51.100.13", "198.51.100.77", "198.51.100.141", "203.0.113.13", 6233));
    }

    @Test
    void refusesNoHostsTooManyHostsAndTheSameHostTwice() {
        assertThatThrownBy(() -> LabPlan.bare(0)).hasMessageContaining("between 1 and 20");
        assertThatThrownBy(() -> LabPlan.bare(21)).hasMessageContaining("between 1 and 20");
        HostId twice = HostId.of("h1");
        assertThatThrownBy(() -> new LabPlan(List.of(twice, twice), host -> List.of(), List.of()))
                .hasMessageContaining("distinct");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sw", "ctl", "ctl-2", "zk-1", "db", "pdu", "san", "rack", "bmc-h1", "wd-h1"})
    void refusesNamesThatThePartsOfTheLabHave(String name) {
        assertThatThrownBy(() -> new LabPlan(List.of(HostId.of(name)), host -> List.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name);
    }

    @Test
    void aMachineHasTheAddressOfItsKindAndNumberWhichNoHostHas() {
        assertThat(MachinePlan.controller(1, List.of()).mgmtAddress()).isEqualTo("198.51.100.10");
        assertThat(MachinePlan.controller(3, List.of()).oobAddress()).isEqualTo("203.0.113.43");
        assertThat(MachinePlan.zooKeeper(3, List.of()).mgmtAddress()).isEqualTo("198.51.100.53");
        assertThat(MachinePlan.database(List.of()).mgmtAddress()).isEqualTo("198.51.100.50");
        assertThat(MachinePlan.pdu(List.of()).address()).isEqualTo("203.0.113.60");
        assertThat(MachinePlan.database(List.of()).address()).isEqualTo("198.51.100.50");
        assertThat(MachinePlan.san(List.of()).address()).isEqualTo("198.51.100.125");
        assertThat(MachinePlan.san(List.of()).network()).isEqualTo(Network.STORAGE);
        assertThat(LabPlan.bare(20).hostPlans().getLast().mgmtAddress()).isEqualTo("198.51.100.30");
        assertThatThrownBy(() -> MachinePlan.zooKeeper(10, List.of())).hasMessageContaining("between 1 and 9");
    }

    @Test
    void refusesALabWithoutItsFirstControllerAndTheSameMachineTwice() {
        List<HostId> hosts = List.of(HostId.of("h1"));
        MachinePlan database = MachinePlan.database(List.of());
        assertThatThrownBy(() -> new LabPlan(hosts, host -> List.of(), List.of(database)))
                .hasMessageContaining("first controller");
        MachinePlan first = MachinePlan.controller(1, List.of());
        assertThatThrownBy(() -> new LabPlan(hosts, host -> List.of(), List.of(first, first)))
                .hasMessageContaining("distinct");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/tmp/a b", "/tmp/a'b", "/tmp/$x"})
    void refusesAStateDirectoryThatAShellWouldReadDifferently(String path) {
        assertThatThrownBy(() -> Lab.at(Path.of(path))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../escaped", "a b", "a/../../b", "", "x\ny"})
    void namesThatAreNoPlainPathsBelowTheSharedDirectoryAreRefused(String name) {
        assertThatThrownBy(() -> new NetworkStorage(Lab.at(Path.of("/tmp/none"))).serve(HostId.of("h1"), List.of(name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no plain path");
    }

    @Test
    void credentialsDoNotShowInText() {
        assertThat(new BmcCredentials("topsecret", "alsosecret").toString()).doesNotContain("secret");
    }

    @Test
    void namesEachMissingProgramWithItsPackageAndItsUse() {
        Missing gone = new Missing("no-such-program", "no-such-package", "shows that it is missing");
        Requirements requirements = new Requirements(
                List.of(), Requirements.absent(List.of(gone, new Missing("sh", "dash", "is there")), "/bin"));
        assertThat(requirements.met()).isFalse();
        assertThat(requirements.packages()).containsExactly("no-such-package");
        assertThat(requirements.explain())
                .contains("no-such-program (Debian package no-such-package): shows that it is missing")
                .contains("apt-get install --no-install-recommends no-such-package");
    }
}
