import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/**
 * An adapter between an EHR and the SUT contract. Java 17, no libraries; fill in the class Ehr.
 *
 * <p>Usage: java Adapter.java PORT [up.json]
 */
public final class Adapter {

    /** Your EHR. As it stands it keeps messages in memory and sends nothing: replace each method's body. */
    static final class Ehr {
        static final List<String> OPERATIONS = List.of("world", "send", "inbox", "message", "alerts", "settle");

        private final Map<String, Object> patients = new ConcurrentHashMap<>();
        private final Map<String, Map<String, Object>> messages = new ConcurrentHashMap<>();

        Object contract() {
            return Map.of("name", "My EHR", "version", "0.1", "operations", OPERATIONS);
        }

        Object world(Map<String, Object> order) throws Refused {
            if (order.get("patients") instanceof List<?> people) {
                for (Object person : people) {
                    if (person instanceof Map<?, ?> one && one.get("number") instanceof String number) {
                        patients.put(number, one);
                    }
                }
            }
            return Map.of("ok", true);
        }

        /** Write a message and send it; answer only once it survives a crash. */
        Object send(Map<String, Object> order) throws Refused {
            String msgId = UUID.randomUUID().toString();
            Map<String, Object> view = new LinkedHashMap<>();
            view.put("msg_id", msgId);
            view.put("direction", "out");
            view.put("state", "queued");
            view.put("type", need(order, "type", String.class));
            view.put("text", need(order, "text", String.class));
            need(order, "to_her_id", Number.class);
            view.put("patient", need(order, "patient", Map.class).get("number"));
            messages.put(msgId, view);
            return Map.of("msg_id", msgId);
        }

        Object inbox() {
            return messages.values().stream().filter(view -> "in".equals(view.get("direction"))).toList();
        }

        Object message(String msgId) throws Refused {
            Map<String, Object> view = messages.get(msgId);
            if (view == null) {
                throw new Refused(404, "no such message", "no message has this MsgId", "ask for one that was sent");
            }
            return view;
        }

        /** What a user must act on: id, text, msg_id, resolved. */
        Object alerts() {
            return List.of();
        }

        /** Do now what the next look at the network would do. */
        Object settle() {
            return Map.of("ok", true);
        }
    }

    /** What an operation answers when it cannot be done. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        final int status;
        final transient Map<String, Object> body;

        Refused(int status, String error, String cause, String remedy) {
            super(error);
            this.status = status;
            this.body = Map.of("error", error, "cause", cause, "remedy", remedy);
        }
    }

    private static final Ehr EHR = new Ehr();

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", Adapter::serve);
        server.start();
    }

    private static void serve(HttpExchange exchange) throws IOException {
        int status = 200;
        Object answer;
        byte[] body = exchange.getRequestBody().readAllBytes();
        try {
            answer = route(exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath(), body);
        } catch (Refused refused) {
            status = refused.status;
            answer = refused.body;
        }
        byte[] data = Json.write(answer).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, data.length);
        exchange.getResponseBody().write(data);
        exchange.close();
    }

    private static Object route(String line, byte[] body) throws Refused {
        if (line.startsWith("GET /messages/")) {
            return EHR.message(URLDecoder.decode(line.substring(14), StandardCharsets.UTF_8));
        }
        switch (line) {
            case "GET /contract":
                return EHR.contract();
            case "POST /world":
                return EHR.world(object(body));
            case "POST /send":
                return EHR.send(object(body));
            case "GET /inbox":
                return EHR.inbox();
            case "GET /alerts":
                return EHR.alerts();
            case "POST /settle":
                return EHR.settle();
            default:
                throw new Refused(404, "no such operation", "nothing is served there", "see GET /contract");
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(byte[] body) throws Refused {
        Object value = Json.read(new String(body, StandardCharsets.UTF_8));
        if (!(value instanceof Map)) {
            throw new Refused(400, "the request is wrong", "a JSON object is expected", "see the contract");
        }
        return (Map<String, Object>) value;
    }

    private static <T> T need(Map<String, Object> order, String name, Class<T> kind) throws Refused {
        if (!kind.isInstance(order.get(name))) {
            throw new Refused(400, "the request is wrong", name + " is missing or of another type", "see the contract");
        }
        return kind.cast(order.get(name));
    }

    /** Just enough JSON; put your own library here. */
    static final class Json {
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        static Object read(String text) throws Refused {
            Json json = new Json(text);
            try {
                Object value = json.value(0);
                json.space();
                if (json.at < text.length()) {
                    throw json.wrong();
                }
                return value;
            } catch (StringIndexOutOfBoundsException | NumberFormatException error) {
                throw json.wrong();
            }
        }

        static String write(Object value) {
            if (value instanceof Map<?, ?> map) {
                List<String> parts = new ArrayList<>();
                map.forEach((key, item) -> parts.add(quoted(key.toString()) + ":" + write(item)));
                return "{" + String.join(",", parts) + "}";
            }
            if (value instanceof List<?> list) {
                return "[" + String.join(",", list.stream().map(Json::write).toList()) + "]";
            }
            return value instanceof String string ? quoted(string) : String.valueOf(value);
        }

        private static String quoted(String string) {
            StringBuilder out = new StringBuilder("\"");
            for (char one : string.toCharArray()) {
                if (one == '"' || one == '\\') {
                    out.append('\\').append(one);
                } else if (one < 0x20) {
                    out.append(String.format("\\u%04x", (int) one));
                } else {
                    out.append(one);
                }
            }
            return out.append('"').toString();
        }

        private Object value(int depth) throws Refused {
            space();
            char first = text.charAt(at);
            if (depth > 64) {
                throw wrong();
            }
            if (first == '{') {
                Map<String, Object> map = new LinkedHashMap<>();
                for (at++; !closed('}', map.isEmpty()); ) {
                    space();
                    String key = string();
                    space();
                    take(':');
                    map.put(key, value(depth + 1));
                }
                return map;
            }
            if (first == '[') {
                List<Object> list = new ArrayList<>();
                for (at++; !closed(']', list.isEmpty()); ) {
                    list.add(value(depth + 1));
                }
                return list;
            }
            return first == '"' ? string() : word();
        }

        private boolean closed(char end, boolean empty) throws Refused {
            space();
            if (text.charAt(at) == end) {
                at++;
                return true;
            }
            if (!empty) {
                take(',');
            }
            return false;
        }

        private String string() throws Refused {
            take('"');
            StringBuilder out = new StringBuilder();
            while (text.charAt(at) != '"') {
                char one = text.charAt(at++);
                if (one != '\\') {
                    out.append(one);
                    continue;
                }
                char escaped = text.charAt(at++);
                int place = "bfnrt".indexOf(escaped);
                if (escaped == 'u') {
                    out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                } else {
                    out.append(place < 0 ? escaped : "\b\f\n\r\t".charAt(place));
                }
            }
            at++;
            return out.toString();
        }

        private Object word() {
            int from = at;
            while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(from, at);
            switch (word) {
                case "true":
                    return true;
                case "false":
                    return false;
                case "null":
                    return null;
                default:
                    return word.contains(".") || word.contains("e") ? (Object) Double.valueOf(word) : Long.valueOf(word);
            }
        }

        private void take(char wanted) throws Refused {
            if (text.charAt(at) != wanted) {
                throw wrong();
            }
            at++;
        }

        private void space() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private Refused wrong() {
            return new Refused(400, "the request is no JSON", "it breaks at character " + at, "send a JSON object");
        }
    }
}
