package io.holdfast.fencing.observer;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.selffence.core.SelfFenceRule;
import io.holdfast.model.HostId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hosts that would have to be silent for longer than this controller waits, so that no level of self-fence proves anything of them. Each is
 * said once, when it first writes its slot, and again when it says other times. For one thread.
 */
final class LongBounds {

    private final FencingSettings.Slot settings;
    private final Map<HostId, SelfFenceTerms> said = new HashMap<>();

    LongBounds(FencingSettings.Slot settings) {
        this.settings = settings;
    }

    /** What there is to say after a look, in the order of the hosts' names; usually nothing. */
    List<String> news(Map<HostId, SlotFact> facts) {
        List<String> news = new ArrayList<>();
        facts.forEach((host, fact) -> {
            if (fact instanceof SlotFact.Seen seen) {
                Heartbeat beat = seen.beat();
                SelfFenceTerms terms = beat == null ? null : beat.terms();
                if (terms == null || !isTooLong(terms)) {
                    said.remove(host);
                } else if (!terms.equals(said.put(host, terms))) {
                    news.add("host " + host + ": by its times (self-fence.watchdog-time "
                            + terms.timeout().toMillis() + " ms, self-fence.licence "
                            + terms.licence().toMillis() + " ms) it has certainly stopped only after "
                            + bound(terms).toMillis() + " ms of silence, longer than fencing.slot.bound-max ("
                            + settings.boundMax().toMillis()
                            + " ms): no level of self-fence proves anything of it; shorten its times, or raise bound-max"
                            + " and recovery.fence-deadline");
                }
            }
        });
        return news;
    }

    private boolean isTooLong(SelfFenceTerms terms) {
        return bound(terms).compareTo(settings.boundMax()) > 0;
    }

    private Duration bound(SelfFenceTerms terms) {
        return SelfFenceRule.bound(terms, settings.drift(), settings.margin());
    }
}
