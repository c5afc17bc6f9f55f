package io.holdfast.notifications;

import static io.holdfast.notifications.Facts.BLUE;
import static io.holdfast.notifications.Facts.RED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Ledger.Delivery;
import io.holdfast.notifications.Ledger.Outcome;
import io.holdfast.notifications.Ledger.Subscription;
import io.holdfast.notifications.Ledger.Told;
import io.holdfast.notifications.core.Filter;
import io.holdfast.notifications.core.Severity;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every ledger does, in memory and on PostgreSQL. */
public abstract class LedgerContract {

    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private static final Duration HOLD = Duration.ofSeconds(10);

    protected abstract Ledger ledger();

    /** What a transaction of somebody else's writes into the outbox. */
    protected abstract void append(Fact fact);

    @Test
    void keepsSubscriptionsWithTheirSecrets() {
        Subscription blue = hook(BLUE, List.of("host.", "instance.lost"));
        Subscription operator = hook(null, List.of());
        ledger().add(blue, 5);
        ledger().add(operator, 5);

        assertThat(ledger().subscriptions()).containsExactlyInAnyOrder(blue, operator);
        assertThat(ledger().list(BLUE)).extracting(Webhooks.Webhook::id).containsExactly(blue.id());
        assertThat(ledger().list(null)).hasSize(2);
        assertThat(ledger().find(blue.id()).orElseThrow().filter()).isEqualTo(blue.filter());
        assertThat(ledger().delete(blue.id())).isTrue();
        assertThat(ledger().delete(blue.id())).isFalse();
        assertThat(ledger().find(blue.id())).isEmpty();
    }

    @Test
    void refusesMoreSubscriptionsThanTheLimit() {
        ledger().add(hook(BLUE, List.of()), 1);
        assertThatThrownBy(() -> ledger().add(hook(BLUE, List.of()), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 is the limit");
        ledger().add(hook(RED, List.of()), 1);
        ledger().add(hook(null, List.of()), 1);
    }

    @Test
    void deliversToThoseConcernedAndToNobodyElse() {
        Subscription blue = hook(BLUE, List.of());
        Subscription blueHosts = hook(BLUE, List.of("host."));
        Subscription red = hook(RED, List.of());
        Subscription operator = hook(null, List.of());
        List.of(blue, blueHosts, red, operator).forEach(one -> ledger().add(one, 5));
        Fact ofBlue = Facts.of("instance.lost", "instance/1", BLUE);
        Fact ofNobody = Facts.of("host.lost", "host/h1", null);
        append(ofBlue);
        append(ofNobody);

        assertThat(ledger().dispatch(10, NOW)).isEqualTo(2);
        assertThat(ledger().dispatch(10, NOW)).isZero();
        assertThat(ledger().claim(NOW, HOLD, 10, 10))
                .extracting(Delivery::webhook, Delivery::fact)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(blue.id(), ofBlue),
                        org.assertj.core.groups.Tuple.tuple(operator.id(), ofBlue),
                        org.assertj.core.groups.Tuple.tuple(operator.id(), ofNobody));
    }

    @Test
    void laterFactsOfASubjectWaitForTheEarlierOneUntilItIsDeliveredOrDead() {
        Subscription hook = hook(BLUE, List.of());
        ledger().add(hook, 5);
        Fact first = Facts.suspected("host/h1", BLUE);
        Fact second = Facts.suspected("host/h1", BLUE);
        Fact third = Facts.suspected("host/h1", BLUE);
        Fact other = Facts.suspected("host/h2", BLUE);
        List.of(first, second, third, other).forEach(this::append);
        ledger().dispatch(10, NOW);

        assertThat(facts(ledger().claim(NOW, HOLD, 10, 10))).containsExactlyInAnyOrder(first, other);
        assertThat(ledger().claim(NOW, HOLD, 10, 10)).isEmpty();
        Instant later = NOW.plusSeconds(60);
        ledger().settle(
                        List.of(),
                        List.of(new Outcome.Again(hook.id(), first.id(), "answered 500", later.plusSeconds(5), null)),
                        NOW);
        assertThat(facts(ledger().claim(later, HOLD, 10, 10))).containsExactly(other);
        ledger().settle(List.of(), List.of(new Outcome.Dead(hook.id(), first.id(), "given up", null)), NOW);
        assertThat(facts(ledger().claim(later, HOLD, 10, 10))).containsExactly(second);
        ledger().settle(List.of(), List.of(new Outcome.Delivered(hook.id(), second.id(), later, null)), NOW);
        assertThat(facts(ledger().claim(later, HOLD, 10, 10))).containsExactly(third);

        Webhooks.Webhook view = ledger().find(hook.id()).orElseThrow();
        assertThat(view.dead()).isEqualTo(1);
        assertThat(view.pending()).isEqualTo(2);
        assertThat(view.lastError()).isEqualTo("given up");
    }

    @Test
    void aClaimThatNobodySettlesComesUpAgainWithTheNextAttempt() {
        ledger().add(hook(BLUE, List.of()), 5);
        append(Facts.suspected("host/h1", BLUE));
        ledger().dispatch(10, NOW);
        assertThat(ledger().claim(NOW, HOLD, 10, 10))
                .extracting(Delivery::attempt)
                .containsExactly(1);
        assertThat(ledger().claim(NOW.plus(HOLD).minusMillis(1), HOLD, 10, 10)).isEmpty();
        assertThat(ledger().claim(NOW.plus(HOLD), HOLD, 10, 10))
                .extracting(Delivery::attempt)
                .containsExactly(2);
    }

    @Test
    void oneWebhookDoesNotTakeEveryPlace() {
        Subscription busy = hook(BLUE, List.of());
        Subscription quiet = hook(RED, List.of());
        ledger().add(busy, 5);
        ledger().add(quiet, 5);
        for (int i = 0; i < 10; i++) {
            append(Facts.suspected("instance/" + i, BLUE));
        }
        append(Facts.suspected("instance/last", RED));
        ledger().dispatch(20, NOW);
        assertThat(ledger().claim(NOW, HOLD, 3, 20))
                .extracting(Delivery::webhook)
                .containsOnlyOnce(quiet.id())
                .hasSize(4);
    }

    @Test
    void whatWasToldFromMemoryIsNotDispatchedAgainAndItsFailureIsTriedAgain() {
        Subscription good = hook(BLUE, List.of());
        Subscription bad = hook(BLUE, List.of());
        Subscription untried = hook(null, List.of());
        List.of(good, bad, untried).forEach(one -> ledger().add(one, 5));
        Fact fact = Facts.suspected("host/h1", BLUE);
        Told told = new Told(fact, Set.of(good.id(), bad.id()), NOW.plusSeconds(10));
        List<Outcome> outcomes = List.of(
                new Outcome.Delivered(good.id(), fact.id(), NOW, null),
                new Outcome.Again(bad.id(), fact.id(), "answered 500", NOW.plusSeconds(1), null));

        ledger().settle(List.of(told), outcomes, NOW);
        ledger().settle(List.of(told), outcomes, NOW);

        assertThat(ledger().dispatch(10, NOW)).isZero();
        assertThat(ledger().claim(NOW, HOLD, 10, 10))
                .extracting(Delivery::webhook)
                .containsExactly(untried.id());
        assertThat(ledger().claim(NOW.plusSeconds(2), HOLD, 10, 10)).containsExactly(new Delivery(bad.id(), fact, 2));
        assertThat(ledger().after(0, null, 10)).extracting(Feed.Numbered::fact).containsExactly(fact);
    }

    @Test
    void aDisabledWebhookGetsNothingAndItsWaitingDeliveriesAreDead() {
        Subscription hook = hook(BLUE, List.of());
        ledger().add(hook, 5);
        append(Facts.suspected("host/h1", BLUE));
        ledger().dispatch(10, NOW);
        ledger().disable(hook.id(), "the receiver answered 410");

        assertThat(ledger().claim(NOW, HOLD, 10, 10)).isEmpty();
        assertThat(ledger().subscriptions()).isEmpty();
        assertThat(ledger().find(hook.id()).orElseThrow().lastError())
                .contains("disabled")
                .contains("410");
        assertThat(ledger().find(hook.id()).orElseThrow().dead()).isEqualTo(1);
    }

    @Test
    void theFeedShowsAProjectItsOwnFactsInOrderFromAnyPlace() {
        Fact one = Facts.suspected("host/h1", BLUE);
        Fact two = Facts.suspected("host/h1", RED);
        Fact three = Facts.suspected("host/h1", null);
        Fact four = Facts.suspected("host/h1", BLUE);
        assertThat(ledger().newest()).isZero();
        List.of(one, two, three, four).forEach(this::append);
        assertThat(ledger().after(0, null, 10)).as("not dispatched yet").isEmpty();
        ledger().dispatch(10, NOW);

        List<Feed.Numbered> all = ledger().after(0, null, 10);
        assertThat(all).extracting(Feed.Numbered::fact).containsExactly(one, two, three, four);
        assertThat(ledger().after(0, BLUE, 10)).extracting(Feed.Numbered::fact).containsExactly(one, four);
        assertThat(ledger().after(all.get(0).number(), BLUE, 10))
                .extracting(Feed.Numbered::fact)
                .containsExactly(four);
        assertThat(ledger().after(all.get(1).number(), null, 1))
                .extracting(Feed.Numbered::fact)
                .containsExactly(three);
        assertThat(ledger().newest()).isEqualTo(all.get(3).number());
        assertThat(ledger().after(ledger().newest(), null, 10)).isEmpty();
    }

    @Test
    void forgetsOldFactsButNoneThatStillWaits() {
        Subscription hook = hook(BLUE, List.of());
        ledger().add(hook, 5);
        Fact delivered = Facts.suspected("host/h1", BLUE);
        Fact waiting = Facts.suspected("host/h2", BLUE);
        append(delivered);
        append(waiting);
        ledger().dispatch(10, NOW);
        ledger().settle(List.of(), List.of(new Outcome.Delivered(hook.id(), delivered.id(), NOW, null)), NOW);
        Fact fresh = Facts.suspected("host/h3", RED);
        append(fresh);
        ledger().dispatch(10, NOW.plusSeconds(1));

        assertThat(ledger().forget(NOW.plusSeconds(1))).isEqualTo(1);
        assertThat(ledger().after(0, null, 10)).extracting(Feed.Numbered::fact).containsExactly(waiting, fresh);
    }

    @Test
    void filtersBySeverityInstanceAndTag() {
        UUID tagged = UUID.randomUUID();
        UUID other = UUID.randomUUID();
        tag(tagged, BLUE, "pair-a");
        Subscription grave = hook(BLUE, new Filter(List.of(), Severity.CRITICAL, Set.of(), Set.of(), Set.of()));
        Subscription one = hook(BLUE, new Filter(List.of(), Severity.INFO, Set.of(other), Set.of(), Set.of()));
        Subscription byTag =
                hook(BLUE, new Filter(List.of("instance."), Severity.INFO, Set.of(), Set.of("pair-a", "x"), Set.of()));
        List.of(grave, one, byTag).forEach(each -> ledger().add(each, 5));
        Fact failed = Facts.of("instance.host-failed", "instance/" + tagged, BLUE);
        Fact recovered = Facts.of("instance.recovered", "instance/" + other, BLUE);
        append(failed);
        append(recovered);

        assertThat(ledger().subscriptions()).containsExactlyInAnyOrder(grave, one, byTag);
        assertThat(ledger().subscription(byTag.id())).contains(byTag);
        ledger().dispatch(10, NOW);
        assertThat(ledger().claim(NOW, HOLD, 10, 10))
                .extracting(Delivery::webhook, Delivery::fact)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(grave.id(), failed),
                        org.assertj.core.groups.Tuple.tuple(one.id(), recovered),
                        org.assertj.core.groups.Tuple.tuple(byTag.id(), failed));
    }

    @Test
    void filtersByTheAggregatesOfTheHostsThatAFactIsAbout() {
        UUID racks = UUID.randomUUID();
        UUID empty = UUID.randomUUID();
        UUID there = UUID.randomUUID();
        aggregate(racks, "h1");
        aggregate(empty);
        home(there, "h1");
        Subscription ofRacks =
                hook(null, new Filter(List.of(), Severity.INFO, Set.of(), Set.of(), Set.of(racks, empty)));
        Subscription ofNone = hook(null, new Filter(List.of(), Severity.INFO, Set.of(), Set.of(), Set.of(empty)));
        ledger().add(ofRacks, 5);
        ledger().add(ofNone, 5);
        assertThat(ledger().subscription(ofRacks.id())).contains(ofRacks);
        Fact host = about("host.lost", "host/h1", Map.of());
        Fact left = about("instance.recovered", "instance/" + UUID.randomUUID(), Map.of("host", "h2", "from", "h1"));
        Fact isThere = about("instance.needs-operator", "instance/" + there, Map.of());
        Fact elsewhere = about("instance.recovered", "instance/" + there, Map.of("host", "h2"));
        Fact other = about("host.lost", "host/h2", Map.of());
        List.of(host, left, isThere, elsewhere, other).forEach(this::append);

        ledger().dispatch(10, NOW);
        assertThat(ledger().claim(NOW, HOLD, 10, 10))
                .extracting(Delivery::webhook, Delivery::fact)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(ofRacks.id(), host),
                        org.assertj.core.groups.Tuple.tuple(ofRacks.id(), left),
                        org.assertj.core.groups.Tuple.tuple(ofRacks.id(), isThere));
    }

    private static Fact about(String type, String subject, Map<String, Object> data) {
        return new Fact(UUID.randomUUID(), type, subject, null, NOW, data);
    }

    @Test
    void whatIsToldFromMemoryReachesThoseWhoFilterByTagWhenItIsRecorded() {
        UUID tagged = UUID.randomUUID();
        tag(tagged, BLUE, "pair-a");
        Subscription byTag = hook(BLUE, new Filter(List.of(), Severity.INFO, Set.of(), Set.of("pair-a"), Set.of()));
        ledger().add(byTag, 5);
        Fact fact = Facts.of("instance.suspected", "instance/" + tagged, BLUE);
        ledger().settle(List.of(new Told(fact, Set.of(), NOW.plusSeconds(10))), List.of(), NOW);
        assertThat(ledger().claim(NOW, HOLD, 10, 10)).containsExactly(new Delivery(byTag.id(), fact, 1));
    }

    @Test
    void aPausedWebhookKeepsWhatComesUntilItIsResumed() {
        Subscription hook = hook(BLUE, List.of());
        ledger().add(hook, 5);
        assertThat(ledger().pause(hook.id())).isTrue();
        assertThat(ledger().pause(UUID.randomUUID())).isFalse();
        append(Facts.suspected("host/h1", BLUE));
        ledger().dispatch(10, NOW);
        assertThat(ledger().claim(NOW, HOLD, 10, 10)).isEmpty();
        assertThat(ledger().subscriptions()).isEmpty();
        assertThat(ledger().find(hook.id()).orElseThrow())
                .returns(Webhooks.State.PAUSED, Webhooks.Webhook::state)
                .returns(1L, Webhooks.Webhook::pending);
        assertThat(ledger().resume(hook.id())).isTrue();
        assertThat(ledger().resume(UUID.randomUUID())).isFalse();
        assertThat(ledger().claim(NOW, HOLD, 10, 10)).hasSize(1);
        assertThat(ledger().find(hook.id()).orElseThrow().state()).isEqualTo(Webhooks.State.ACTIVE);
    }

    @Test
    void whatAPausedWebhookWaitsForIsGivenUpWhenFactsAreForgotten() {
        Subscription hook = hook(BLUE, List.of());
        ledger().add(hook, 5);
        append(Facts.suspected("host/h1", BLUE));
        ledger().dispatch(10, NOW);
        ledger().pause(hook.id());
        assertThat(ledger().forget(NOW.plusSeconds(1))).isZero();
        assertThat(ledger().deadLetters(hook.id(), 10))
                .extracting(Webhooks.DeadLetter::error)
                .containsExactly("paused for longer than facts are kept");
        assertThat(ledger().forget(NOW.plusSeconds(1))).isEqualTo(1);
    }

    @Test
    void aDisabledWebhookIsServedAgainWhenItIsResumed() {
        Subscription hook = hook(BLUE, List.of());
        ledger().add(hook, 5);
        ledger().disable(hook.id(), "the receiver answered 410");
        assertThat(ledger().find(hook.id()).orElseThrow().state()).isEqualTo(Webhooks.State.DISABLED);
        ledger().resume(hook.id());
        assertThat(ledger().subscriptions()).containsExactly(hook);
    }

    @Test
    void deadLettersAreListedAndTriedOnceMoreInTheirPlace() {
        Subscription hook = hook(BLUE, List.of());
        ledger().add(hook, 5);
        Fact first = Facts.suspected("host/h1", BLUE);
        Fact second = Facts.suspected("host/h1", BLUE);
        append(first);
        append(second);
        ledger().dispatch(10, NOW);
        assertThat(ledger().revive(hook.id(), null, NOW)).isZero();
        for (Fact fact : List.of(first, second)) {
            ledger().claim(NOW, HOLD, 10, 10);
            ledger().settle(List.of(), List.of(new Outcome.Dead(hook.id(), fact.id(), "gone wrong", null)), NOW);
        }
        assertThat(ledger().deadLetters(hook.id(), 10))
                .extracting(Webhooks.DeadLetter::fact, Webhooks.DeadLetter::attempts, Webhooks.DeadLetter::error)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(first.id(), 1, "gone wrong"),
                        org.assertj.core.groups.Tuple.tuple(second.id(), 1, "gone wrong"));
        assertThat(ledger().deadLetters(hook.id(), 1)).hasSize(1);

        assertThat(ledger().revive(hook.id(), second.id(), NOW)).isEqualTo(1);
        assertThat(ledger().revive(hook.id(), UUID.randomUUID(), NOW)).isZero();
        assertThat(ledger().claim(NOW, HOLD, 10, 10)).containsExactly(new Delivery(hook.id(), second, 2));
        assertThat(ledger().revive(hook.id(), null, NOW)).isEqualTo(1);
        assertThat(ledger().claim(NOW, HOLD, 10, 10)).containsExactly(new Delivery(hook.id(), first, 2));
    }

    @Test
    void keepsTheLastAttemptsOfEachWebhook() {
        Subscription hook = hook(BLUE, List.of());
        Subscription other = hook(BLUE, List.of());
        ledger().add(hook, 5);
        ledger().add(other, 5);
        ledger().note(other.id(), attempt(UUID.randomUUID(), 7));
        ledger().note(UUID.randomUUID(), attempt(UUID.randomUUID(), 1));
        UUID fact = UUID.randomUUID();
        List<Outcome> many = new java.util.ArrayList<>();
        for (int i = 1; i <= Ledger.ATTEMPTS_KEPT + 20; i++) {
            many.add(new Outcome.Again(hook.id(), fact, "answered 500", NOW, attempt(fact, i)));
        }
        ledger().settle(List.of(), many, NOW);
        ledger().settle(
                        List.of(),
                        List.of(new Outcome.Again(hook.id(), fact, "answered 500", NOW, attempt(fact, 500))),
                        NOW);

        List<Webhooks.Attempt> kept = ledger().attempts(hook.id());
        assertThat(kept).hasSize(Ledger.ATTEMPTS_KEPT);
        assertThat(kept.getFirst()).isEqualTo(attempt(fact, 500));
        assertThat(kept.get(1).number()).isEqualTo(Ledger.ATTEMPTS_KEPT + 20);
        assertThat(ledger().attempts(other.id()))
                .extracting(Webhooks.Attempt::number)
                .containsExactly(7);
        ledger().delete(hook.id());
        assertThat(ledger().attempts(hook.id())).isEmpty();
    }

    @Test
    void aSinksPlaceIsHeldByOneAndNothingBeyondItIsForgotten() {
        append(Facts.suspected("host/h1", BLUE));
        ledger().dispatch(10, NOW);
        UUID one = UUID.randomUUID();
        UUID two = UUID.randomUUID();
        assertThat(ledger().holdPlace("amqp", one, NOW, HOLD)).hasValue(1);
        assertThat(ledger().holdPlace("amqp", two, NOW, HOLD)).isEmpty();
        append(Facts.suspected("host/h2", BLUE));
        ledger().dispatch(10, NOW);
        assertThat(ledger().forget(NOW.plusSeconds(1))).as("up to the place").isEqualTo(1);
        assertThat(ledger().movePlace("amqp", two, 2)).isFalse();
        assertThat(ledger().holdPlace("amqp", two, NOW.plus(HOLD), HOLD)).hasValue(1);
        assertThat(ledger().movePlace("amqp", one, 2)).isFalse();
        assertThat(ledger().forget(NOW.plusSeconds(1))).isZero();
        assertThat(ledger().movePlace("amqp", two, 2)).isTrue();
        assertThat(ledger().holdPlace("amqp", two, NOW.plus(HOLD), HOLD)).hasValue(2);
        ledger().dropSinksBut(Set.of("amqp"));
        assertThat(ledger().holdPlace("amqp", one, NOW.plus(HOLD), HOLD)).isEmpty();
        ledger().dropSinksBut(Set.of());
        assertThat(ledger().forget(NOW.plusSeconds(1))).isEqualTo(1);
    }

    private static Webhooks.Attempt attempt(UUID fact, int number) {
        return new Webhooks.Attempt(
                fact, "host.suspected", number, NOW, Webhooks.Result.AGAIN, 500, 12, "answered 500");
    }

    /** What the owner of an instance does. */
    protected abstract void tag(UUID instance, ProjectId project, String tag);

    /** These hosts are in an aggregate of this id. */
    protected abstract void aggregate(UUID aggregate, String... hosts);

    /** The instance is on this host. */
    protected abstract void home(UUID instance, String host);

    protected static Subscription hook(@Nullable ProjectId project, List<String> types) {
        return hook(project, Filter.ofTypes(types));
    }

    private static Subscription hook(@Nullable ProjectId project, Filter filter) {
        return new Subscription(
                UUID.randomUUID(),
                project,
                URI.create("http://198.51.100.7/x"),
                filter,
                Webhooks.Form.CLOUDEVENTS,
                "0123456789abcdef",
                NOW,
                "ann");
    }

    private static List<Fact> facts(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::fact).toList();
    }
}
