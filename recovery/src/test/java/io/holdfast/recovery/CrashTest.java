package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The controller dies right after the nth thing it wrote, before any command of it left, and another one goes on. */
class CrashTest {

    @ParameterizedTest(name = "after write {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void anotherControllerGoesOnFromTheJournalAndNothingRunsTwice(int nth) {
        try (Stage stage = new Stage()) {
            InstanceId a = stage.world.instance("a", stage.h1, RecoveryPolicy.AUTOMATIC);
            InstanceId b = stage.world.instance("b", stage.h1, RecoveryPolicy.AUTOMATIC);
            InstanceId plain = stage.world.instance("plain", stage.h1, RecoveryPolicy.NONE);
            FlakyJournal mortal = new FlakyJournal(stage.cases);
            mortal.dieAfter(nth);
            stage.journal = mortal;
            stage.power.losePower(stage.h1);
            RecoveryEngine first = stage.start();
            stage.lose(stage.h1);
            await().dontCatchUncaughtExceptions()
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> mortal.writes() >= nth
                            || stage.cases
                                    .newest(stage.h1)
                                    .filter(stored -> stored.state().closed())
                                    .isPresent());
            stage.leader.set(Optional.empty());
            first.close();

            stage.journal = stage.cases;
            AtomicReference<Optional<LeaderEpoch>> second = new AtomicReference<>(Optional.of(LeaderEpoch.of(2)));
            stage.engine = stage.engine(second);
            stage.engine.start();
            // Membership repeats a verdict that nobody has acknowledged.
            stage.lose(stage.h1);

            stage.awaitState(stage.h1, "RECOVERED");
            assertThat(stage.world.runsOn(a)).hasSize(1).doesNotContain(stage.h1);
            assertThat(stage.world.runsOn(b)).hasSize(1).doesNotContain(stage.h1);
            assertThat(stage.world.runsOn(plain)).isEmpty();
            assertThat(stage.world.find(a).orElseThrow().generation().value()).isEqualTo(2);
            assertThat(stage.cases.list(stage.h1, null, 10)).hasSize(1);
            assertThat(stage.cases.facts().stream().map(fact -> fact.id()).toList())
                    .doesNotHaveDuplicates();
        }
    }
}
