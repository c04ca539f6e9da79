// An adapter between an EHR and the SUT contract. .NET 8, no packages; fill in the class Ehr.
// Usage: dotnet run -- PORT [up.json]
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
var app = builder.Build();
var ehr = new Ehr();

app.MapGet("/contract", () => Results.Json(ehr.Contract()));
app.MapPost("/world", (HttpRequest request) => Order(request, ehr.World));
app.MapPost("/send", (HttpRequest request) => Order(request, ehr.Send));
app.MapGet("/inbox", () => Results.Json(ehr.Inbox()));
app.MapGet("/messages/{msgId}", (string msgId) => Guarded(() => ehr.Message(msgId)));
app.MapGet("/alerts", () => Results.Json(ehr.Alerts()));
app.MapPost("/settle", () => Results.Json(ehr.Settle()));
app.MapFallback(() => Guarded(() => throw new Refused(
    404, "no such operation", "nothing is served there", "see GET /contract")));
app.Run();

static IResult Guarded(Func<JsonNode> work)
{
    try
    {
        return Results.Json(work());
    }
    catch (Refused refused)
    {
        return Results.Json(refused.Body, statusCode: refused.Status);
    }
}

static async Task<IResult> Order(HttpRequest request, Func<JsonObject, JsonNode> work)
{
    JsonNode? value = null;
    var cause = "a JSON object is expected";
    try
    {
        value = await JsonNode.ParseAsync(request.Body);
    }
    catch (JsonException error)
    {
        cause = error.Message;
    }
    return Guarded(() => value is JsonObject order
        ? work(order)
        : throw new Refused(400, "the request is wrong", cause, "see the contract"));
}

/// <summary>What an operation answers when it cannot be done.</summary>
sealed class Refused(int status, string error, string cause, string remedy) : Exception(error)
{
    public int Status { get; } = status;

    public JsonObject Body { get; } = new() { ["error"] = error, ["cause"] = cause, ["remedy"] = remedy };
}

/// <summary>Your EHR. As it stands it keeps messages in memory and sends nothing: replace each body.</summary>
sealed class Ehr
{
    private readonly ConcurrentDictionary<string, string> patients = new();
    private readonly ConcurrentDictionary<string, JsonObject> messages = new();

    public JsonNode Contract() => new JsonObject
    {
        ["name"] = "My EHR",
        ["version"] = "0.1",
        ["operations"] = new JsonArray("world", "send", "inbox", "message", "alerts", "settle"),
    };

    public JsonNode World(JsonObject order)
    {
        foreach (var person in order["patients"] as JsonArray ?? new JsonArray())
        {
            if (person is JsonObject one)
            {
                patients[Need<string>(one, "number")] = one.ToJsonString();
            }
        }
        return Done();
    }

    /// <summary>Write a message and send it; answer only once it survives a crash.</summary>
    public JsonNode Send(JsonObject order)
    {
        var msgId = Guid.NewGuid().ToString();
        Need<long>(order, "to_her_id");
        var patient = order["patient"] as JsonObject ?? new JsonObject();
        messages[msgId] = new JsonObject
        {
            ["msg_id"] = msgId,
            ["direction"] = "out",
            ["state"] = "queued",
            ["type"] = Need<string>(order, "type"),
            ["text"] = Need<string>(order, "text"),
            ["patient"] = Need<string>(patient, "number"),
        };
        return new JsonObject { ["msg_id"] = msgId };
    }

    public JsonNode Inbox()
    {
        var incoming = messages.Values.Where(view => (string?)view["direction"] == "in");
        return new JsonArray(incoming.Select(view => view.DeepClone()).ToArray());
    }

    public JsonNode Message(string msgId) => messages.TryGetValue(msgId, out var view)
        ? view
        : throw new Refused(404, "no such message", $"no message has the MsgId {msgId}", "ask for one that was sent");

    /// <summary>What a user must act on: id, text, msg_id, resolved.</summary>
    public JsonNode Alerts() => new JsonArray();

    /// <summary>Do now what the next look at the network would do.</summary>
    public JsonNode Settle() => Done();

    private static JsonNode Done() => new JsonObject { ["ok"] = true };

    private static T Need<T>(JsonObject order, string name) =>
        order[name] is JsonValue value && value.TryGetValue(out T? found) && found is not null
            ? found
            : throw new Refused(400, "the request is wrong", $"{name} is missing or of another type", "see the contract");
}
