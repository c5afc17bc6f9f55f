package io.holdfast.fencing.ipmi.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.ipmi.BmcClient;
import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.fencing.ipmi.core.Trouble;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shell: real sockets between our console and our BMC. What a conversation decides is tested in virtual time. */
@Timeout(120)
class SimulatedBmcTest {

    private static final Secret PASSWORD = Secret.ofPassword("f3nc3r");
    private static final Login LOGIN = new Login("fencer", PASSWORD, null, Suite.SUITE_17, Privilege.OPERATOR);

    private final BmcClient client = new BmcClient();
    private final List<SimulatedBmc> bmcs = new ArrayList<>();

    private SimulatedBmc bmc() throws IOException {
        SimulatedBmc bmc = SimulatedBmc.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                BmcIdentity.of(new BmcIdentity.User("fencer", PASSWORD, Privilege.OPERATOR)),
                7);
        bmcs.add(bmc);
        return bmc;
    }

    @AfterEach
    void stop() {
        bmcs.forEach(SimulatedBmc::close);
    }

    private Outcome act(SimulatedBmc bmc, ChassisAct act) {
        return client.act("127.0.0.1", bmc.port(), LOGIN, act, Duration.ofSeconds(20));
    }

    @Test
    void aHundredAtATimeShareOneClient() throws Exception {
        List<Future<Outcome>> answers = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                SimulatedBmc bmc = bmc();
                answers.add(callers.submit(() -> act(bmc, ChassisAct.OFF)));
            }
            for (Future<Outcome> answer : answers) {
                assertThat(answer.get()).isEqualTo(new Outcome.Done());
            }
        }
        assertThat(bmcs).noneMatch(bmc -> bmc.chassis().hasPower());
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(bmcs).allMatch(bmc -> bmc.openSessions() == 0));
    }

    @Test
    void aThirdOfTheDatagramsMayBeLostAndEachMayComeTwice() throws IOException {
        SimulatedBmc bmc = bmc();
        bmc.faults(BmcFaults.NONE.withLoss(0.3).withCopies());

        for (int i = 0; i < 5; i++) {
            assertThat(act(bmc, ChassisAct.ON)).isEqualTo(new Outcome.Done());
            assertThat(act(bmc, ChassisAct.STATUS)).isEqualTo(new Outcome.Power(true));
        }
    }

    @Test
    void aBmcWhoseDatagramsAreDamagedIsNeverReadOff() throws IOException {
        SimulatedBmc bmc = bmc();
        bmc.faults(BmcFaults.NONE.withGarbage());

        Outcome outcome = client.act("127.0.0.1", bmc.port(), LOGIN, ChassisAct.STATUS, Duration.ofSeconds(1));

        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void aClosedPortIsNamed() throws IOException {
        SimulatedBmc bmc = bmc();
        int port = bmc.port();
        bmc.close();

        Outcome outcome = client.act("127.0.0.1", port, LOGIN, ChassisAct.STATUS, Duration.ofSeconds(20));

        assertThat(outcome).isEqualTo(new Outcome.Failed(Trouble.UNREACHABLE, "nobody listens on UDP port " + port));
    }

    @Test
    void moreConversationsThanThereIsRoomForEndInTimeToo() throws Exception {
        SimulatedBmc bmc = bmc();
        bmc.faults(BmcFaults.NONE.withSilence());
        List<Future<Outcome>> answers = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 300; i++) {
                answers.add(callers.submit(
                        () -> client.act("127.0.0.1", bmc.port(), LOGIN, ChassisAct.STATUS, Duration.ofSeconds(2))));
            }
            for (Future<Outcome> answer : answers) {
                assertThat(((Outcome.Failed) answer.get()).trouble()).isIn(Trouble.SILENT, Trouble.BUSY);
            }
        }
        bmc.faults(BmcFaults.NONE);
        assertThat(act(bmc, ChassisAct.STATUS)).as("every place is given back").isEqualTo(new Outcome.Power(true));
    }
}
