package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostEpoch;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When operators are told that a promise breaks, and when that it holds again. A look every five seconds. */
class PromiseWatchTest {

    private final VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases);
    private final World world = stage.world;
    private final FakePromises book = new FakePromises();
    private Optional<LeaderEpoch> leader = Optional.of(LeaderEpoch.of(1));
    private int wakes;
    private AdmissionSettings settings = AdmissionSettings.defaults();
    private PromiseWatch watch = watch();

    @BeforeEach
    void room() {
        world.instance("a", stage.h1);
        world.instance("b", stage.h2);
        full(false);
    }

    @AfterEach
    void end() {
        stage.close();
    }

    @Test
    void aPromiseThatIsKeptFromTheBeginningIsRememberedAndNotTold() {
        looks(20);
        assertThat(book.find(World.SEGMENT).orElseThrow().state()).isEqualTo(CapacityPromise.State.KEPT);
        assertThat(book.told).isEmpty();
        assertThat(wakes).isZero();
    }

    @Test
    void aBrokenPromiseIsToldOnceAfterItsTimeAndSoIsThatItHoldsAgain() {
        looks(1);
        full(true);
        looks(6);
        assertThat(book.told).isEmpty();
        looks(20);
        assertThat(book.types()).containsExactly("segment.promise-broken");
        assertThat(book.told.getFirst().subject()).isEqualTo("segment/default");
        assertThat(book.told.getFirst().project()).isNull();
        assertThat(book.told.getFirst().data().get("tolerate")).isEqualTo(1);
        assertThat((String) book.told.getFirst().data().get("reason"))
                .startsWith("the loss of any host would not be survived for certain: the loss of h1 would be"
                        + " unsurvivable: a would find no home (h");
        full(false);
        looks(20);
        assertThat(book.types()).containsExactly("segment.promise-broken", "segment.promise-restored");
        assertThat(wakes).isEqualTo(2);
    }

    @Test
    void whatComesAndGoesIsNotTold() {
        looks(1);
        for (int i = 0; i < 10; i++) {
            full(true);
            looks(5);
            full(false);
            looks(1);
        }
        assertThat(book.told).isEmpty();
    }

    @Test
    void theNextLeaderGoesOnFromWhatIsRemembered() {
        full(true);
        looks(10);
        assertThat(book.types()).containsExactly("segment.promise-broken");
        leader = Optional.of(LeaderEpoch.of(2));
        watch = watch();
        looks(20);
        assertThat(book.types()).containsExactly("segment.promise-broken");
    }

    @Test
    void whoDoesNotLeadDoesNotLookAndCountsAnewWhenItLeads() {
        full(true);
        looks(3);
        leader = Optional.empty();
        looks(20);
        assertThat(book.told).isEmpty();
        leader = Optional.of(LeaderEpoch.of(2));
        looks(6);
        assertThat(book.told).isEmpty();
        looks(1);
        assertThat(book.types()).containsExactly("segment.promise-broken");
    }

    @Test
    void aLookThatFailsIsSeenAsUnknownAndNotAsYes() {
        looks(1);
        world.databaseAway(true);
        looks(20);
        assertThat(book.types()).containsExactly("segment.promise-unknown");
        assertThat((String) book.told.getFirst().data().get("reason"))
                .startsWith("whether the loss of any host would be survived is not known: the look failed:")
                .contains("the database is away");
        world.databaseAway(false);
        looks(20);
        assertThat(book.types()).containsExactly("segment.promise-unknown", "segment.promise-restored");
    }

    @Test
    void whatCouldNotBeWrittenIsToldWithTheFirstLookThatCan() {
        looks(1);
        full(true);
        book.away = true;
        looks(20);
        assertThat(book.told).isEmpty();
        book.away = false;
        looks(1);
        assertThat(book.types()).containsExactly("segment.promise-broken");
    }

    @Test
    void aPromiseOfNothingIsKeptAndOneOfTwoHostsNeedsMore() {
        settings = settings.with(AdmissionMode.OFF, 0);
        watch = watch();
        full(true);
        looks(20);
        assertThat(book.told).isEmpty();
        settings = settings.with(AdmissionMode.OFF, 2);
        watch = watch();
        full(false);
        world.capacity(stage.h3, 1024);
        looks(20);
        assertThat(book.types()).containsExactly("segment.promise-broken");
        assertThat((String) book.told.getFirst().data().get("reason"))
                .startsWith("the loss of any 2 hosts would not be survived for certain: the loss of h1 and h2");
    }

    @Test
    void whereEveryHostIsLostNothingIsPromised() {
        world.condemn(stage.h1, HostEpoch.of(0), LeaderEpoch.of(0), List.of());
        world.condemn(stage.h2, HostEpoch.of(0), LeaderEpoch.of(0), List.of());
        world.condemn(stage.h3, HostEpoch.of(0), LeaderEpoch.of(0), List.of());
        looks(20);
        assertThat((String) book.told.getFirst().data().get("reason"))
                .endsWith("no host is left, and instances wait for homes");
    }

    private void full(boolean full) {
        world.capacity(stage.h1, full ? 1024 : 4096);
        world.capacity(stage.h2, full ? 1024 : 4096);
        world.capacity(stage.h3, full ? 512 : 4096);
    }

    private void looks(int count) {
        for (int i = 0; i < count; i++) {
            stage.pass(settings.lookInterval());
            watch.lookOnce();
        }
    }

    private PromiseWatch watch() {
        return new PromiseWatch(
                World.SEGMENT,
                new CapacitySurveys(
                        world,
                        world,
                        world,
                        stage.segments,
                        SchedulerSettings.defaults(),
                        host -> false,
                        stage.settings(),
                        settings,
                        stage::now),
                book,
                () -> leader,
                () -> wakes++,
                settings,
                stage::now);
    }
}
