package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.CaseId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.file.SlotDevice;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One slot, for people and for programs.
 *
 * @param state in a word or two: what was seen of its heartbeat while somebody looked
 */
record SlotView(SlotReading reading, String state) {

    static SlotView once(SlotReading reading) {
        return new SlotView(reading, trouble(reading).orElse(beat(reading).isPresent() ? "not watched" : "silent yet"));
    }

    static SlotView of(SlotReading first, SlotReading last, Duration time) {
        boolean changed =
                !first.heartbeat().equals(last.heartbeat()) || !first.claim().equals(last.claim());
        String seen = changed ? "beats" : beat(last).isPresent() ? "still for " + time.toMillis() + "ms" : "silent yet";
        return new SlotView(last, trouble(last).orElse(seen));
    }

    private static Optional<String> trouble(SlotReading reading) {
        for (Content<?> block :
                List.of(reading.claim(), reading.heartbeat(), reading.pill(), reading.acknowledgement())) {
            if (block instanceof Content.Unreadable<?>) {
                return Optional.of("unreadable");
            }
        }
        return Optional.empty();
    }

    private static Optional<Heartbeat> beat(SlotReading reading) {
        return value(reading.heartbeat());
    }

    private static <T> Optional<T> value(Content<T> content) {
        return content instanceof Content.Written<T> written ? Optional.of(written.value()) : Optional.empty();
    }

    int slot() {
        return reading.slot();
    }

    Optional<Claim> claim() {
        return value(reading.claim());
    }

    Optional<Pill> pill() {
        return value(reading.pill());
    }

    boolean isTaken() {
        return !(reading.claim() instanceof Content.Empty<?>) || !reading.isReadable();
    }

    /** What becomes of the pill: none, pending, acknowledged, or for a life that is over. */
    String pillState() {
        Optional<Pill> pill = pill();
        if (pill.isEmpty()) {
            return "";
        }
        if (!claim().map(Claim::bootId).equals(pill.map(Pill::bootId))) {
            return "old";
        }
        long sequence = ((Content.Written<Pill>) reading.pill()).sequence();
        return value(reading.acknowledgement())
                .filter(word -> word.pill() == sequence)
                .map(_ -> "acknowledged")
                .orElse("pending");
    }

    void row(Table table) {
        Optional<Heartbeat> beat = beat(reading);
        table.row(
                Integer.toString(slot()),
                claim().map(claim -> claim.host().value()).orElse(""),
                state,
                beat.map(each -> Long.toString(each.beat())).orElse(""),
                pillState(),
                beat.map(Heartbeat::terms).map(SlotView::armed).orElse(""),
                claim().map(Claim::bootId).orElse(""));
    }

    private static String armed(SelfFenceTerms terms) {
        return terms.watchdog() + " " + terms.timeout().toMillis() + "ms";
    }

    void print(Client client, PrintWriter out) {
        client.paragraph("Slot        ", Integer.toString(slot()), out);
        client.paragraph("State       ", state, out);
        claim().ifPresent(claim -> {
            client.paragraph("Host        ", claim.host() + ", boot " + claim.bootId(), out);
            client.paragraph("Claimed     ", Text.moment(claim.claimedAt().toString()), out);
        });
        beat(reading).ifPresent(beat -> {
            client.paragraph(
                    "Heartbeat   ",
                    beat.beat() + " of session " + beat.session() + ", by its own clock at "
                            + Text.moment(beat.writtenAt().toString()),
                    out);
            client.paragraph("Interval    ", beat.interval().toMillis() + "ms", out);
            SelfFenceTerms terms = beat.terms();
            client.paragraph(
                    "Watchdog    ", terms == null ? "none armed: its silence proves nothing" : armed(terms), out);
        });
        pill().ifPresent(pill -> client.paragraph(
                "Pill        ",
                pillState() + ": for boot " + pill.bootId() + ", by " + pill.by() + " at "
                        + Text.moment(pill.writtenAt().toString()) + ": " + pill.reason(),
                out));
        for (Content<?> block :
                List.of(reading.claim(), reading.heartbeat(), reading.pill(), reading.acknowledgement())) {
            if (block instanceof Content.Unreadable<?> unreadable) {
                client.paragraph("Unreadable  ", unreadable.reason(), out);
            }
        }
    }

    ObjectNode json() {
        ObjectNode slot = Client.object().put("slot", slot()).put("state", state);
        part(
                slot,
                "claim",
                reading.claim(),
                (claim, out) -> out.put("host", claim.host().value())
                        .put("bootId", claim.bootId())
                        .put("claimedAt", claim.claimedAt().toString()));
        part(slot, "heartbeat", reading.heartbeat(), (beat, out) -> {
            out.put("bootId", beat.bootId()).put("session", beat.session()).put("beat", beat.beat());
            out.put("writtenAt", beat.writtenAt().toString())
                    .put("intervalMillis", beat.interval().toMillis());
            SelfFenceTerms terms = beat.terms();
            out.put("terms", terms == null ? null : terms.toString());
        });
        part(slot, "pill", reading.pill(), (pill, out) -> {
            CaseId caseId = pill.caseId();
            out.put("state", pillState()).put("bootId", pill.bootId());
            out.put("caseId", caseId == null ? null : caseId.toString());
            out.put("leaderEpoch", pill.leader().value());
            out.put("by", pill.by())
                    .put("reason", pill.reason())
                    .put("writtenAt", pill.writtenAt().toString());
        });
        part(
                slot,
                "acknowledgement",
                reading.acknowledgement(),
                (Acknowledgement word, ObjectNode out) -> out.put("bootId", word.bootId())
                        .put("pill", word.pill())
                        .put("writtenAt", word.writtenAt().toString()));
        return slot;
    }

    private static <T> void part(
            ObjectNode slot, String name, Content<T> content, java.util.function.BiConsumer<T, ObjectNode> said) {
        switch (content) {
            case Content.Written<T> written -> {
                ObjectNode part = slot.putObject(name).put("sequence", written.sequence());
                said.accept(written.value(), part);
            }
            case Content.Empty<T> _ -> slot.putNull(name);
            case Content.Unreadable<T> unreadable -> slot.putObject(name).put("unreadable", unreadable.reason());
        }
    }

    static ObjectNode header(SlotDevice device) {
        return Client.object()
                .put("id", device.header().id().toString())
                .put("segment", device.header().segment().value())
                .put("slots", device.header().slots())
                .put("createdAt", device.header().createdAt().toString())
                .put("pastCaches", device.pastCaches());
    }

    static String path(SlotDevice device) {
        return device.pastCaches() ? "past the page cache (O_DIRECT)" : "through the page cache";
    }
}
