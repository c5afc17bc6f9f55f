package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.words.Words;
import io.holdfast.compute.Advisories;
import io.holdfast.compute.Advisory;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;
import io.holdfast.scheduler.AdvisorySettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * What somebody outside says of hosts. Administrators say it, and monitors that the settings name; whoever says it is written down as its
 * source, and nobody can say it in another's name.
 */
public final class AdvisoriesView {

    private final Hosts hosts;
    private final Advisories book;
    private final AdvisorySettings settings;
    private final Words words;

    public AdvisoriesView(Hosts hosts, Advisories book, AdvisorySettings settings, Words words) {
        this.hosts = hosts;
        this.book = book;
        this.settings = settings;
        this.words = words;
    }

    public Map<String, Operation> operations() {
        return Map.of(
                "listAdvisories", this::list,
                "postAdvisory", this::post,
                "withdrawAdvisory", this::withdraw,
                "weighHost", this::weigh);
    }

    private Reply list(Call call) {
        words.requireMay(call.caller());
        String host = call.query("host");
        String kind = call.query("kind");
        JsonArray all = new JsonArray();
        new TreeMap<>(book.inForce())
                .values()
                .forEach(advice -> advice.advisories().stream()
                        .filter(one -> host == null || one.host().value().equals(host))
                        .filter(one -> kind == null || one.kind().equals(kind))
                        .forEach(one -> all.add(view(one))));
        return Reply.ok(new JsonObject().put("advisories", all));
    }

    private Reply post(Call call) {
        words.requireMay(call.caller());
        words.count(call.caller());
        HostId host = NamedHosts.require(hosts, call.path("host")).id();
        JsonObject body = call.body();
        Advisory said = book.post(
                host,
                call.path("kind"),
                call.caller().user(),
                body.getString("detail", ""),
                Duration.ofSeconds(body.getInteger("ttl")));
        return Reply.ok(new JsonObject().put("advisory", view(said)));
    }

    private Reply withdraw(Call call) {
        words.requireMay(call.caller());
        // Each is told to operators, as what is posted is.
        words.count(call.caller());
        String own = call.caller().user();
        String source = call.query("source");
        if (source != null && !source.equals(own) && !call.caller().isAdmin()) {
            throw new ApiFault(403, "Only administrators withdraw what somebody else has said.");
        }
        book.withdraw(
                NamedHosts.require(hosts, call.path("host")).id(), call.path("kind"), source == null ? own : source);
        return Reply.empty(204);
    }

    private Reply weigh(Call call) {
        book.weigh(
                NamedHosts.require(hosts, call.path("host")).id(),
                call.body().getDouble("weight"),
                call.caller().user());
        return Reply.empty(204);
    }

    private JsonObject view(Advisory one) {
        return view(one, settings);
    }

    static JsonArray views(HostAdvice advice, AdvisorySettings settings) {
        JsonArray all = new JsonArray();
        advice.advisories().forEach(one -> all.add(view(one, settings)));
        return all;
    }

    private static JsonObject view(Advisory one, AdvisorySettings settings) {
        return new JsonObject()
                .put("host", one.host().value())
                .put("kind", one.kind())
                .put("effect", settings.effect(one.kind()).word())
                .put("source", one.source())
                .put("detail", one.detail())
                .put("since", one.since().toString())
                .put("until", one.until().toString());
    }
}
